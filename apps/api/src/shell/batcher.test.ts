import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createBatcher, QueueFull, type BatcherOptions } from "./batcher.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A batcher whose batches end when the test says so. */
const startHeld = (options: Partial<BatcherOptions<number, number>> = {}) => {
  const batches: { items: readonly number[]; end: (error?: Error) => void }[] = [];
  const batcher = createBatcher<number, number>({
    lanes: 1,
    sizeMax: 100,
    waitingMax: 100,
    ...options,
    run: (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve(items.map((n) => n * 10)));
        batches.push({ items, end });
      }),
  });
  return { batcher, batches };
};

test("one that comes alone goes alone, at once", async () => {
  const { batcher, batches } = startHeld();
  const answer = batcher.submit(1);
  await tick();
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
  batches[0]!.end();
  expect(await answer).toBe(10);
});

test("who comes while a batch is on its way shares the next one, in order of arrival", async () => {
  const { batcher, batches } = startHeld();
  const answers = [batcher.submit(1)];
  await tick();
  answers.push(batcher.submit(2), batcher.submit(3), batcher.submit(4));
  batches[0]!.end();
  await tick();
  batches[1]!.end();
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
  expect(batches.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
});

test("a batch takes no more than its limit, and there are no more batches at once than lanes", async () => {
  const { batcher, batches } = startHeld({ lanes: 2, sizeMax: 2 });
  const answers = [1, 2, 3, 4, 5, 6].map((n) => batcher.submit(n));
  await tick();
  expect(batches.map(({ items }) => items)).toEqual([[1, 2], [3, 4]]);
  expect(batcher.waiting()).toBe(2);
  for (const batch of batches) batch.end();
  await tick();
  batches[2]!.end();
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50, 60]);
});

test("a second batch sets out beside one only when that takes long, and then waits for nobody else", async () => {
  const { batcher, batches } = startHeld({ lanes: 2, besideAfterMs: 20 });
  const answers = [batcher.submit(1), batcher.submit(2)];
  await tick();
  answers.push(batcher.submit(3), batcher.submit(4));
  await tick();
  expect(batches.map(({ items }) => items)).toEqual([[1, 2]]);
  await sleep(40);
  expect(batches.map(({ items }) => items)).toEqual([[1, 2], [3, 4]]);
  for (const batch of batches) batch.end();
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
});

test("who comes when nothing is under way any more goes at once, however long the last one took", async () => {
  const { batcher, batches } = startHeld({ lanes: 2, besideAfterMs: 10_000 });
  const answers = [batcher.submit(1)];
  await tick();
  answers.push(batcher.submit(2));
  batches[0]!.end();
  await tick();
  batches[1]!.end();
  await tick();
  answers.push(batcher.submit(3));
  await tick();
  expect(batches.map(({ items }) => items)).toEqual([[1], [2], [3]]);
  batches[2]!.end();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
});

test("who finds the queue full is told so and nothing is done", async () => {
  const { batcher, batches } = startHeld({ waitingMax: 1 });
  const first = batcher.submit(1);
  await tick();
  const second = batcher.submit(2);
  await expect(batcher.submit(3)).rejects.toThrow(QueueFull);
  batches[0]!.end();
  await tick();
  batches[1]!.end();
  expect(await Promise.all([first, second])).toEqual([10, 20]);
  expect(batches.flatMap(({ items }) => items)).toEqual([1, 2]);
});

test("a batch that fails fails its members and nobody else", async () => {
  const { batcher, batches } = startHeld();
  const first = batcher.submit(1);
  await tick();
  const second = batcher.submit(2);
  batches[0]!.end(new Error("lost"));
  await expect(first).rejects.toThrow("lost");
  await tick();
  batches[1]!.end();
  expect(await second).toBe(20);
});

test("drained when nothing waits and nothing is under way", async () => {
  const { batcher, batches } = startHeld();
  await batcher.drained();
  const answer = batcher.submit(1);
  let drained = false;
  const end = batcher.drained().then(() => (drained = true));
  await tick();
  expect(drained).toBe(false);
  batches[0]!.end();
  await Promise.all([answer, end]);
  expect(drained).toBe(true);
});
