// Adds --count jobs to BullMQ, numbered from --first: as fast as it goes, or number --first + i at i / --rate
// seconds after it is connected. Of a flow that is its first job. Prints when it began, in nanoseconds of
// CLOCK_MONOTONIC.
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Queue } from 'bullmq';

const BATCH = 256;

const text = { type: 'string' };
const { values } = parseArgs({
  options: { redis: text, shape: text, first: text, count: text, rate: text },
});
const first = Number(values.first);
const count = Number(values.count);
const rate = Number(values.rate);
const opts = { removeOnComplete: true };

const queue = new Queue(values.shape === 'flow' ? 'split' : 'single', { connection: { path: values.redis } });
await queue.waitUntilReady();
const begin = process.hrtime.bigint();
console.log(String(begin));

for (let i = 0; i < count;) {
  const due = rate > 0 ? Math.floor(Number(process.hrtime.bigint() - begin) / 1e9 * rate) : count;
  const batch = [];
  for (; i < Math.min(count, due) && batch.length < BATCH; ++i) {
    batch.push({ name: 'task', data: { n: first + i }, opts });
  }
  if (batch.length > 0) await queue.addBulk(batch);
  else await wait(1);
}
await queue.close();
