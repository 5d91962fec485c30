/** Sends the requests of orval's client, which knows neither the server's address nor who is signed in. */

import { url } from "../exchange.js";

let authorization: Record<string, string> = {};

export function signInWith(accessToken: string): void {
  authorization = { Authorization: `Bearer ${accessToken}` };
}

export async function send<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(url + path, { ...init, headers: { ...init.headers, ...authorization } });
  const text = await response.text();
  return { data: text ? JSON.parse(text) : undefined, status: response.status, headers: response.headers } as T;
}
