// The server under load, and the API key of the requests.
//
//   BASE_URL   the server's URL; this machine only (default http://127.0.0.1:8080)
//   API_KEY    a key with the scope reports:read; without it, the demo member signs in and creates one for the run
import http from 'k6/http';
import { fail } from 'k6';

export const BASE_URL = (__ENV.BASE_URL || 'http://127.0.0.1:8080').replace(/\/+$/, '');

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/;
const JSON_BODY = { 'Content-Type': 'application/json' };
const DEMO = { email: 'usuario@saas.com', password: 'Password1' };

// For setup(): the key of the run, and what is needed to revoke it if it was created here.
export function takeKey(script) {
  if (!LOOPBACK.test(BASE_URL)) {
    fail(`BASE_URL is ${BASE_URL}: load goes to this machine only, like http://127.0.0.1:8080`);
  }
  if (__ENV.API_KEY) {
    return { key: __ENV.API_KEY };
  }
  const session = call('POST', '/auth/login', DEMO, JSON_BODY, 200);
  const headers = { ...JSON_BODY, Authorization: `Bearer ${session.accessToken}` };
  const name = `k6 ${script} ${new Date().toISOString()}`;
  const made = call('POST', '/api-keys', { name, scopes: ['reports:read'] }, headers, 201);
  return { key: made.value, made: { id: made.id, headers } };
}

// For teardown(): revokes a key that was created for the run.
export function giveBack({ made }) {
  if (made) {
    http.del(`${BASE_URL}/api/v1/api-keys/${made.id}`, null, { headers: made.headers });
  }
}

function call(method, path, body, headers, expected) {
  const response = http.request(method, `${BASE_URL}/api/v1${path}`, JSON.stringify(body), { headers });
  if (response.status !== expected) {
    fail(`${method} ${path} answered ${response.status}: is the server running with demo data (make run)? ${response.body}`);
  }
  return response.json('data');
}
