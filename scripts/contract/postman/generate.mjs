// Generates the Postman collection from the OpenAPI document and the journey. The output is deterministic.
//
//   node generate.mjs OPENAPI.json COLLECTION.json

import { readFileSync, writeFileSync } from 'node:fs';
import { chapters as written, others } from './journey.mjs';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const KEEP = [
  'const keep = (name, value) =>',
  "  pm.collectionVariables.set(name, typeof value === 'object' ? JSON.stringify(value) : value);",
];
const TOKENS = ['accessToken', 'platformToken'];

const [source, target] = process.argv.slice(2);
const contract = JSON.parse(readFileSync(source, 'utf8'));
const checks = readFileSync(new URL('./checks.js', import.meta.url), 'utf8');
const operations = new Map();
for (const [path, item] of Object.entries(contract.paths)) {
  for (const method of METHODS.filter((method) => item[method])) {
    operations.set(item[method].operationId, { ...item[method], method: method.toUpperCase(), path });
  }
}

// Files come after the records that they are attached to, and deletions come last.
const chapters = written.toSpliced(
  written.findIndex(({ name }) => name === 'Files'),
  0,
  ...[others(contract)].filter(({ steps }) => steps.length > 0),
);
const walked = new Set(chapters.flatMap(({ steps }) => steps.map((step) => step.operation)));
const missing = [...operations.keys()].filter((id) => !walked.has(id));
if (missing.length > 0) {
  throw new Error(`the journey leaves out ${missing.join(', ')}: add them to scripts/contract/postman/journey.mjs`);
}

writeFileSync(target, `${JSON.stringify(collection(), null, 1)}\n`);

function collection() {
  return {
    info: {
      name: contract.info.title,
      description:
        `${contract.info.description}\n\nGenerated from the OpenAPI document by \`make contract-generate\`. Run it as a ` +
        'whole, in its order: set `baseUrl`, `email` and `password`, and whatever else you have of the variables.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: bearer('accessToken'),
    event: [script('prerequest', dates()), script('test', checkEverything())],
    variable: variables(),
    item: chapters.map(({ name, about, steps }) => ({ name, description: about, item: steps.map(request) })),
  };
}

function variables() {
  const given = {
    baseUrl: 'http://127.0.0.1:8080',
    run: '1',
    email: '',
    password: '',
    otherPassword: 'Another-Password-2',
    platformEmail: '',
    platformPassword: '',
    invitationToken: '',
    resetToken: '',
    noJob: '1',
  };
  const kept = chapters.flatMap(({ steps }) => steps.flatMap((step) => Object.keys(step.keep ?? {})));
  const names = [...Object.keys(given), ...new Set(kept)];
  return names.map((key) => ({ key, value: given[key] ?? '' }));
}

/** Dates around today, for reports. */
function dates() {
  return [
    'const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);',
    "pm.collectionVariables.set('yesterday', day(-1));",
    "pm.collectionVariables.set('tomorrow', day(1));",
  ].join('\n');
}

/** The checks of every answer: the statuses and bodies that the contract has for its operation. */
function checkEverything() {
  const documented = {};
  for (const [id, operation] of operations) {
    documented[id] = Object.fromEntries(
      Object.entries(operation.responses).map(([status, answer]) => [status, bodyOf(resolve(answer))]),
    );
  }
  return [
    `const documented = ${lines(documented)};`,
    `const schemas = ${lines(strip(contract.components.schemas))};`,
    checks.trimEnd(),
  ].join('\n');
}

/** Formats an object with one entry per line. */
function lines(object) {
  const entries = Object.entries(object).map(([name, value]) => ` ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return `{\n${entries.join('\n')}\n}`;
}

/** The media type and the name of the schema of an answer, or null when it has no body. */
function bodyOf(answer) {
  const [type] = Object.keys(answer.content ?? {});
  return type ? { type, schema: answer.content[type].schema.$ref.split('/').pop() } : null;
}

function resolve(node) {
  return node.$ref ? node.$ref.slice(2).split('/').reduce((found, name) => found[name], contract) : node;
}

/** A schema without texts for people. */
function strip(node, names = true) {
  if (Array.isArray(node)) return node.map((item) => strip(item, false));
  if (node === null || typeof node !== 'object') return node;
  const kept = Object.entries(node).filter(([name]) => names || !['description', 'example', 'examples'].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, strip(value, !names && name === 'properties')]));
}

function request(step) {
  if (step.upload) return uploadRequest(step);
  const operation = operations.get(step.operation);
  if (!operation) throw new Error(`the contract has no operation ${step.operation}`);
  const events = testsOf(step, operation);
  const made = {
    method: operation.method,
    header: headersOf(step, operation),
    url: urlOf(step, operation),
    description: operation.description,
  };
  const auth = authOf(step, operation);
  if (auth) made.auth = auth;
  const body = bodyWith(step, operation);
  if (body) made.body = { mode: 'raw', raw: body, options: { raw: { language: 'json' } } };
  const named = script('prerequest', `pm.variables.set('operation', '${step.operation}');`);
  return { name: step.title ?? operation.summary, event: [named, script('test', events)], request: made, response: [] };
}

function headersOf(step, operation) {
  const json = { key: 'Content-Type', value: 'application/json' };
  const optional = (operation.parameters ?? [])
    .map(resolve)
    .filter((parameter) => parameter.in === 'header')
    .map(({ name, description }) => ({ key: name, value: '', description, disabled: true }));
  return [...(operation.requestBody ? [json] : []), ...optional];
}

function urlOf(step, operation) {
  const segments = operation.path.slice(1).split('/');
  const path = segments.map((segment) => segment.replace(/^\{(.*)\}$/, ':$1'));
  const query = queryOf(step, operation);
  const sent = query.filter(({ disabled }) => !disabled).map(({ key, value }) => `${key}=${value}`);
  const raw = `{{baseUrl}}/${path.join('/')}${sent.length ? `?${sent.join('&')}` : ''}`;
  const url = { raw, host: ['{{baseUrl}}'], path };
  if (query.length > 0) url.query = query;
  if (step.id) url.variable = [{ key: 'id', value: `{{${step.id}}}` }];
  if (operation.path.includes('{id}') !== Boolean(step.id)) throw new Error(`${step.operation}: the id in its path`);
  return url;
}

function queryOf(step, operation) {
  const given = { ...step.query };
  const query = (operation.parameters ?? [])
    .map(resolve)
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, description, required }) => {
      const value = given[name];
      delete given[name];
      if (required && value === undefined) throw new Error(`${step.operation}: ${name} is required`);
      return value === undefined ? { key: name, value: '', description, disabled: true } : { key: name, value, description };
    });
  const unknown = Object.keys(given);
  if (unknown.length > 0) throw new Error(`${step.operation} has no parameter ${unknown.join(', ')}`);
  return query;
}

function authOf(step, operation) {
  if (step.as === 'nobody') return { type: 'noauth' };
  if (step.as === 'apiKey') {
    return { type: 'apikey', apikey: settings({ in: 'header', key: 'X-API-Key', value: '{{apiKey}}' }) };
  }
  if (operation.security.length === 0) throw new Error(`${step.operation} is for nobody in particular`);
  if (step.as && !TOKENS.includes(step.as)) throw new Error(`${step.operation}: who is ${step.as}`);
  return step.as && step.as !== 'accessToken' ? bearer(step.as) : undefined;
}

function bearer(variable) {
  return { type: 'bearer', bearer: settings({ token: `{{${variable}}}` }) };
}

function settings(values) {
  return Object.entries(values).map(([key, value]) => ({ key, value, type: 'string' }));
}

function bodyWith(step, operation) {
  const content = operation.requestBody?.content['application/json'];
  if (!content) return undefined;
  const body = { ...content.example, ...step.body };
  const known = resolve(content.schema).properties;
  const unknown = Object.keys(body).filter((name) => !known[name]);
  if (unknown.length > 0) throw new Error(`${step.operation} takes no ${unknown.join(', ')}`);
  return JSON.stringify(body, null, 2).replace(/"\{\{list:(\w+)\}\}"/g, '{{$1}}');
}

function testsOf(step, operation) {
  const success = Object.keys(operation.responses).find((status) => status.startsWith('2'));
  const status = step.status ?? Number(success);
  if (!operation.responses[status]) throw new Error(`${step.operation} does not document ${status}`);
  const keep = Object.entries(step.keep ?? {}).map(
    ([name, expression]) => `    keep(${JSON.stringify(name)}, ${expression});`,
  );
  return [
    '// The checks of every answer are those of the collection.',
    ...(keep.length ? KEEP : []),
    `const possible = ${JSON.stringify(step.needs ?? [])}.every((name) => pm.variables.get(name));`,
    'if (possible) {',
    `  pm.test('it answers ${status}', () => pm.response.to.have.status(${status}));`,
    ...(keep.length
      ? [`  if (pm.response.code === ${status}) {`, '    const { data } = pm.response.json();', ...keep, '  }']
      : []),
    '}',
  ].join('\n');
}

/** The only request that doesn't go to the API: a file upload to the URL that the API returned. */
function uploadRequest({ upload, type }) {
  return {
    name: 'Upload the file',
    event: [
      script('prerequest', "pm.variables.unset('operation');"),
      script('test', "pm.test('the store takes it', () => pm.response.to.have.status(200));"),
    ],
    request: {
      method: 'PUT',
      auth: { type: 'noauth' },
      header: [
        { key: 'Content-Type', value: type },
        { key: 'x-amz-checksum-sha256', value: '{{uploadChecksum}}' },
      ],
      url: '{{uploadUrl}}',
      description: 'To the store, by the URL and headers of the announcement.',
      body: { mode: 'raw', raw: upload },
    },
    response: [],
  };
}

function script(listen, text) {
  return { listen, script: { type: 'text/javascript', exec: text.split('\n') } };
}
