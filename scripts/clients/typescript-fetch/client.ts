/** The client that openapi-generator makes for TypeScript and fetch. */

import { account, page, refusal, serve, url, type Answer, type Client } from "../exchange.js";
import { AccountsApi, Configuration, ProblemFromJSON, ResponseError, SignInApi } from "./generated/index.js";

let accounts: AccountsApi;

/** Errors are thrown, and their problem is still text. */
async function unlessRefused(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch(async (error) => {
    if (!(error instanceof ResponseError)) throw error;
    return refusal(error.response.status, ProblemFromJSON(await error.response.json()));
  });
}

const client: Client = {
  async login({ email, password }) {
    const { data } = await new SignInApi(new Configuration({ basePath: url })).login({ login: { email, password } });
    accounts = new AccountsApi(new Configuration({ basePath: url, accessToken: data.accessToken }));
    return { company: data.company?.name };
  },

  async create({ key, ...createAccount }) {
    const created = accounts.createAccountRaw({ createAccount, idempotencyKey: key });
    return unlessRefused(created.then(async (answer) => account((await answer.value()).data, answer.raw.headers)));
  },

  async search({ names, created, since, unclassified, sort, limit, cursor }) {
    return page(
      await accounts.listAccounts({
        name: names,
        createdAt: created ?? undefined,
        createdAtGte: since,
        industryIsNull: unclassified,
        sort,
        limit,
        cursor: cursor ?? undefined,
      }),
    );
  },

  async change({ id, etag, employees }) {
    const changed = accounts.updateAccountRaw({ id, ifMatch: etag, updateAccount: { employees, website: null } });
    return unlessRefused(changed.then(async (answer) => account((await answer.value()).data, answer.raw.headers)));
  },

  async remove({ id, etag }) {
    const removed = accounts.deleteAccountRaw({ id, ifMatch: etag });
    return unlessRefused(removed.then((answer) => ({ status: answer.raw.status })));
  },
};

await serve(client);
