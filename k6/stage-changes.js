// The report of the changes to a stage in the last year, 20 times a second for a minute.
//
//   STAGE   the stage's name or id (default Negociación, a stage of the demo's pipeline)
//
//   make run          in one terminal
//   make load         in another; or: k6 run k6/stage-changes.js
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

const DAY = 24 * 60 * 60 * 1000;

export function setup() {
  const date = (time) => new Date(time).toISOString().slice(0, 10);
  const stage = encodeURIComponent(__ENV.STAGE || 'Negociación');
  const now = Date.now();
  const query = `stage=${stage}&from=${date(now - 365 * DAY)}&to=${date(now)}&limit=20`;
  return { ...takeKey('stage-changes'), query };
}

export default function (run) {
  const response = http.get(`${BASE_URL}/api/v1/reports/stage-changes?${run.query}`, {
    headers: { 'X-API-Key': run.key },
    tags: { name: 'stage-changes' },
  });
  check(response, {
    'status is 200': (answer) => answer.status === 200,
    'at most a page of rows': (answer) => answer.status === 200 && answer.json('data').length <= 20,
  });
}

export function teardown(run) {
  giveBack(run);
}
