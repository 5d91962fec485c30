/** The client that hey-api makes. */

import { account, page, refusal, serve, url, type Client } from "../exchange.js";
import { client as http } from "./generated/client.gen.js";
import { createAccount, deleteAccount, listAccounts, login, updateAccount } from "./generated/index.js";

http.setConfig({ baseUrl: url });

/** A request that got no answer at all is the only one without `response`. */
function answered(response: Response | undefined): Response {
  if (!response) throw new Error("no answer");
  return response;
}

const client: Client = {
  async login(body) {
    const { data } = await login({ body, throwOnError: true });
    // As a plain text it would be sent as an API key as well, and the server refuses two credentials.
    http.setConfig({ auth: ({ scheme }) => (scheme === "bearer" ? data.data.accessToken : undefined) });
    return { company: data.data.company?.name };
  },

  async create({ key, ...body }) {
    const { data, error, response } = await createAccount({ body, headers: { "Idempotency-Key": key } });
    const { status, headers } = answered(response);
    return data ? account(data.data, headers) : refusal(status, error);
  },

  async search({ names, created, since, unclassified, sort, limit, cursor }) {
    const query = {
      name: names,
      createdAt: created ?? undefined,
      "createdAt[gte]": since,
      "industry[isNull]": unclassified,
      sort,
      limit,
      cursor: cursor ?? undefined,
    };
    return page((await listAccounts({ query, throwOnError: true })).data);
  },

  async change({ id, etag, employees }) {
    const { data, error, response } = await updateAccount({
      path: { id },
      headers: { "If-Match": etag },
      body: { employees, website: null },
    });
    const { status, headers } = answered(response);
    return data ? account(data.data, headers) : refusal(status, error);
  },

  async remove({ id, etag }) {
    const { error, response } = await deleteAccount({ path: { id }, headers: { "If-Match": etag } });
    const { status } = answered(response);
    return error ? refusal(status, error) : { status };
  },
};

await serve(client);
