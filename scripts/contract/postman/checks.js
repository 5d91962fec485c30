// Runs after every request of the collection. `documented` has the answers of each operation, by status; `schemas` are
// those of the contract.
const id = pm.variables.get('operation');
// The upload goes to the file store, which is not part of the contract.
if (id) {
  const Ajv = require('ajv');
  const answers = documented[id];
  const status = String(pm.response.code);
  pm.test(`${id} may answer ${status}`, () => pm.expect(Object.keys(answers)).to.include(status));
  pm.test(`the body is that of ${id} with ${status}`, () => {
    const body = answers[status];
    if (!body) {
      pm.expect(pm.response.text()).to.equal('');
      return;
    }
    pm.expect(pm.response.headers.get('Content-Type').split(';')[0]).to.equal(body.type);
    const ajv = new Ajv({ allErrors: true, unknownFormats: 'ignore' });
    ajv.addSchema({ components: { schemas } }, 'contract');
    const matches = ajv.compile({ $ref: `contract#/components/schemas/${body.schema}` });
    pm.expect(matches(pm.response.json()), ajv.errorsText(matches.errors)).to.equal(true);
  });
  pm.test('the request has an id', () => pm.response.to.have.header('X-Request-Id'));
}
