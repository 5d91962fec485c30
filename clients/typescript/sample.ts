// A sample of how a front end uses the types; `make contract` type-checks it, but it never runs.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];
export type Problem = Schemas['Problem'];

/** An error, with its stable code. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  is(code: string): boolean {
    return this.problem.code === code;
  }
}

export function cartera(baseUrl: string, accessToken: () => string) {
  const client = createClient<paths>({ baseUrl, credentials: 'include' });
  const signedIn: Middleware = {
    onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${accessToken()}`);
      return request;
    },
  };
  client.use(signedIn);
  return client;
}

type Client = ReturnType<typeof cartera>;

/** Signs in, and returns the access token. */
export async function signIn(client: Client, email: string, password: string): Promise<string> {
  const { data, error } = await client.POST('/api/v1/auth/login', { body: { email, password } });
  if (!data) throw new Refusal(error);
  return data.data.accessToken;
}

/** Every account of an industry, page by page. */
export async function* accountsOf(client: Client, industry: string): AsyncGenerator<Account> {
  let cursor: string | null | undefined;
  do {
    const { data, error } = await client.GET('/api/v1/accounts', {
      params: { query: { industry: [industry], sort: 'name', limit: 100, ...(cursor ? { cursor } : {}) } },
    });
    if (!data) throw new Refusal(error);
    yield* data.data;
    cursor = data.meta.nextCursor;
  } while (cursor);
}

/** Renames an account that nobody else has changed meanwhile. */
export async function rename(client: Client, account: Account, name: string): Promise<Account> {
  const { data, error } = await client.PATCH('/api/v1/accounts/{id}', {
    params: { path: { id: account.id }, header: { 'If-Match': `"${account.version}"` } },
    body: { name, website: null },
  });
  if (!data) throw new Refusal(error);
  return data.data;
}

/** Moves an opportunity, only once however often it is called with the same key. */
export async function move(client: Client, id: string, stage: string, reason: string, key: string): Promise<void> {
  const { error } = await client.POST('/api/v1/opportunities/{id}/stage-changes', {
    params: { path: { id }, header: { 'Idempotency-Key': key } },
    body: { stage, reason },
  });
  if (error) throw new Refusal(error);
}

/** Errors that the compiler must report. */
export async function mistakes(client: Client): Promise<void> {
  // @ts-expect-error there is no such route
  await client.GET('/api/v1/customers');
  // @ts-expect-error the name is mandatory
  await client.POST('/api/v1/accounts', { body: { industry: 'Logística' } });
  // @ts-expect-error money is a string
  await client.POST('/api/v1/opportunities', { body: { title: 'Flota', amount: { amount: 1250, currency: 'UYU' } } });
  // @ts-expect-error no account is sorted by that
  await client.GET('/api/v1/accounts', { params: { query: { sort: 'colour' } } });
}
