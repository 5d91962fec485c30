/** The client that orval makes for fetch. */

import { account, page, refusal, serve, type Client } from "../exchange.js";
import { createAccount, deleteAccount, listAccounts, login, updateAccount } from "./generated.js";
import { signInWith } from "./fetch.js";

const client: Client = {
  async login(who) {
    const answer = await login(who);
    if (answer.status !== 200) return refusal(answer.status, answer.data);
    signInWith(answer.data.data.accessToken);
    return { company: answer.data.data.company?.name };
  },

  async create({ key, ...wanted }) {
    const answer = await createAccount(wanted, { "Idempotency-Key": key });
    return answer.status === 201 ? account(answer.data.data, answer.headers) : refusal(answer.status, answer.data);
  },

  async search({ names, created, since, unclassified, sort, limit, cursor }) {
    const answer = await listAccounts({
      name: names,
      createdAt: created ?? undefined,
      "createdAt[gte]": since,
      "industry[isNull]": unclassified,
      sort,
      limit,
      cursor: cursor ?? undefined,
    });
    return answer.status === 200 ? page(answer.data) : refusal(answer.status, answer.data);
  },

  async change({ id, etag, employees }) {
    const answer = await updateAccount(id, { employees, website: null }, { "If-Match": etag });
    return answer.status === 200 ? account(answer.data.data, answer.headers) : refusal(answer.status, answer.data);
  },

  async remove({ id, etag }) {
    const answer = await deleteAccount(id, undefined, { "If-Match": etag });
    return answer.status === 204 ? { status: answer.status } : refusal(answer.status, answer.data);
  },
};

await serve(client);
