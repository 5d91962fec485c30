// The report of the best accounts, 20 times a second for a minute.
//
//   make run          in one terminal
//   make load         in another; or: k6 run k6/top-accounts.js
import http from 'k6/http';
import { check } from 'k6';
import { BASE_URL, giveBack, takeKey } from './lib/target.js';

export const options = {
  scenarios: {
    reports: {
      executor: 'constant-arrival-rate',
      rate: 20,
      timeUnit: '1s',
      duration: '60s',
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
  },
  thresholds: {
    http_req_duration: ['p(95)<300'],
    http_req_failed: ['rate<0.01'],
  },
};

export function setup() {
  return takeKey('top-accounts');
}

export default function (run) {
  const response = http.get(`${BASE_URL}/api/v1/reports/top-accounts?limit=3`, {
    headers: { 'X-API-Key': run.key },
    tags: { name: 'top-accounts' },
  });
  check(response, {
    'status is 200': (answer) => answer.status === 200,
    'at most three accounts': (answer) => answer.status === 200 && answer.json('data').length <= 3,
  });
}

export function teardown(run) {
  giveBack(run);
}
