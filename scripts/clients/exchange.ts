/** What the clients for TypeScript share: the requests of sequence.py, and the form of the answers to it. */

import { createInterface } from "node:readline";

export interface NewAccount {
  key: string;
  name: string;
  industry: string | null;
  website: string | null;
  employees: number | null;
}

export interface Search {
  names: string[];
  created: string[] | null;
  since: string;
  unclassified: boolean;
  sort: "name";
  limit: number;
  cursor: string | null;
}

export interface Change {
  id: string;
  etag: string;
  employees: number;
}

export interface Client {
  login(who: { email: string; password: string }): Promise<Answer>;
  create(account: NewAccount): Promise<Answer>;
  search(search: Search): Promise<Answer>;
  change(change: Change): Promise<Answer>;
  remove(which: { id: string; etag: string }): Promise<Answer>;
}

export type Answer = Record<string, unknown>;

/** An account as sequence.py reads it. The parameters are also a check of the generated types. */
export function account(
  read: {
    id: string;
    name: string;
    industry: string | null;
    website: string | null;
    employees: number | null;
    owner: { name: string } | null;
    createdAt: string;
    deletedAt: string | null;
  },
  headers: Headers,
): Answer {
  const { id, name, industry, website, employees } = read;
  return {
    id,
    name,
    industry,
    website,
    employees,
    owner: read.owner?.name ?? null,
    created: read.createdAt,
    deleted: read.deletedAt,
    etag: headers.get("ETag"),
    replayed: headers.get("Idempotency-Replayed"),
  };
}

export function page(read: { data: { name: string }[]; meta: { nextCursor?: string | null } }): Answer {
  return { names: read.data.map((row) => row.name), next: read.meta.nextCursor ?? null };
}

export function refusal(status: number, problem: { code: string; errors: { pointer: string }[] }): Answer {
  return { status, code: problem.code, pointers: problem.errors.map((entry) => entry.pointer) };
}

/** Answers the requests from standard input until it ends. What the client throws ends the program. */
export async function serve(client: Client): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: step, ...request } = JSON.parse(line);
    console.log(JSON.stringify(await client[step as keyof Client](request)));
  }
}

/** Where the server is. */
export const url = process.env.CARTERA_URL!;
