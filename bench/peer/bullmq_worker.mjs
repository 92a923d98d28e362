// A worker process of BullMQ. Appends 16 bytes to --done for each task that Redis has said is done (Done of
// bench/peer/side.h), and ends with an error when one fails.
//
//   --steps single   the queue "single"
//   --steps 0,1,2    stages of a flow, each a queue: the first adds the parts and the last, as a flow. Those
//                    of one process share its concurrency
import { openSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FlowProducer, Worker } from 'bullmq';

const WIDTH = 4;
const QUEUES = { single: 'single', 0: 'split', 1: 'prove', 2: 'aggregate' };

const text = { type: 'string' };
const { values } = parseArgs({
  options: { redis: text, concurrency: text, 'work-ms': text, steps: text, done: text },
});
const workMs = Number(values['work-ms']);
const connection = { path: values.redis };
const kept = { removeOnComplete: true };

const steps = values.steps.split(',');
const concurrency = Math.max(1, Math.floor(Number(values.concurrency) / steps.length));
const flows = steps.includes('0') ? new FlowProducer({ connection }) : null;
const partOutput = (number, step) => number * 8 + step;

const processes = {
  single: async () => {},
  0: job => {
    const n = job.data.n;
    const children = [];
    for (let step = 1; step <= WIDTH; ++step) {
      children.push({ name: 'part', queueName: 'prove', data: { n, step }, opts: kept });
    }
    return flows.add({ name: 'last', queueName: 'aggregate', data: { n, step: WIDTH + 1 }, opts: kept, children })
      .then(() => {});
  },
  1: async job => partOutput(job.data.n, job.data.step),
  2: async job => {
    const outputs = Object.values(await job.getChildrenValues()).sort((a, b) => a - b);
    for (let step = 1; step <= WIDTH; ++step) {
      if (outputs[step - 1] !== partOutput(job.data.n, step)) throw new Error(`parts of ${job.data.n}: ${outputs}`);
    }
  },
};
const file = openSync(values.done, 'a');
const records = Buffer.alloc(16 * 4096);
let used = 0;
const flush = () => {
  if (used > 0) writeSync(file, records, 0, used);
  used = 0;
};
setInterval(flush, 20);

const end = error => {
  console.error(error);
  process.exit(1);
};
for (const step of steps) {
  const run = processes[step];
  const worker = new Worker(
    QUEUES[step], workMs > 0 ? async job => { await wait(workMs); return run(job); } : run, { connection, concurrency });
  worker.on('completed', job => {
    if (used === records.length) flush();
    records.writeBigInt64LE(process.hrtime.bigint(), used);
    records.writeUInt32LE(job.data.n, used + 8);
    records.writeUInt32LE(job.data.step ?? 0, used + 12);
    used += 16;
  });
  worker.on('failed', (_job, error) => end(error));
  worker.on('error', end);
}
