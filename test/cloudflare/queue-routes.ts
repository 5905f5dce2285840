/** Queues and their consumers. */
import { randomUUID } from "node:crypto";
import { type Account, addQueue, type Queue, runningVersion } from "./account.ts";
import { ApiError } from "./api-error.ts";
import { type Call, Listed, type Routes } from "./routing.ts";

const A = "/accounts/:account";

export const queueRoutes: Routes = {
  [`GET ${A}/queues`]: ({ account, query }) => {
    needsQueues(account);
    const names = query.getAll("name");
    return new Listed(
      [...account.queues.values()]
        .filter(({ name }) => names.length === 0 || names.includes(name))
        .map((queue) => queueJson(account, queue)),
    );
  },

  [`POST ${A}/queues`]: ({ account, body }) => {
    needsQueues(account);
    if ([...account.queues.values()].some(({ name }) => name === body.queue_name)) {
      throw new ApiError(
        409,
        11009,
        "Queue name is already taken. Please use a different name and try again.",
      );
    }
    return queueJson(account, addQueue(account, body.queue_name));
  },

  [`DELETE ${A}/queues/:queue`]: (call) => {
    const queue = queueOf(call);
    if (queue.consumers.length > 0) throw new ApiError(409, 11005, "Queue has consumers.");
    call.account.queues.delete(queue.id);
    return null;
  },

  [`GET ${A}/queues/:queue/consumers`]: (call) =>
    queueOf(call).consumers.map((one) => consumerJson(call, one)),

  [`POST ${A}/queues/:queue/consumers`]: (call) => {
    const queue = queueOf(call);
    if (queue.consumers.length > 0) throw new ApiError(409, 11004, "Queue already has a consumer.");
    checkConsumer(call);
    const consumer = {
      consumer_id: randomUUID().replaceAll("-", ""),
      created_on: new Date().toISOString(),
      ...consumerFrom(call.body),
    };
    queue.consumers.push(consumer);
    return consumerJson(call, consumer);
  },

  [`PUT ${A}/queues/:queue/consumers/:consumer`]: (call) => {
    const consumer = consumerOf(call);
    checkConsumer(call);
    return consumerJson(call, Object.assign(consumer, consumerFrom(call.body)));
  },

  [`DELETE ${A}/queues/:queue/consumers/:consumer`]: (call) => {
    const queue = queueOf(call);
    queue.consumers.splice(queue.consumers.indexOf(consumerOf(call)), 1);
    return null;
  },
};

function queueJson(account: Account, queue: Queue) {
  const producers = [...account.scripts].filter(([, script]) =>
    runningVersion(script)?.bindings.some(
      (binding) => binding.type === "queue" && binding.queue_name === queue.name,
    ),
  );
  return {
    queue_id: queue.id,
    queue_name: queue.name,
    producers: producers.map(([script]) => ({ type: "worker", script })),
    producers_total_count: producers.length,
    consumers: queue.consumers.map(({ script_name, ...consumer }) => ({ ...consumer, script: script_name })),
    consumers_total_count: queue.consumers.length,
  };
}

function consumerJson({ params }: Call, { script_name, ...consumer }: Queue["consumers"][number]) {
  return { ...consumer, script: script_name, queue_name: params.queue };
}

function consumerFrom(body: Call["body"]) {
  const { script_name, type, dead_letter_queue, settings } = body;
  return { script_name, type, dead_letter_queue, settings };
}

function checkConsumer({ account, body }: Call): void {
  if (body.type !== "worker") return;
  if (!account.scripts.has(body.script_name))
    throw new ApiError(404, 10007, `Worker ${body.script_name} does not exist.`);
  const deadLetters = body.dead_letter_queue;
  if (deadLetters && ![...account.queues.values()].some(({ name }) => name === deadLetters)) {
    throw new ApiError(404, 11000, `Queue ${deadLetters} does not exist.`);
  }
}

function queueOf({ account, params }: Call): Queue {
  needsQueues(account);
  const queue = account.queues.get(params.queue ?? "");
  if (!queue) throw new ApiError(404, 11000, "Queue not found.");
  return queue;
}

function consumerOf(call: Call) {
  const consumer = queueOf(call).consumers.find(({ consumer_id }) => consumer_id === call.params.consumer);
  if (!consumer) throw new ApiError(404, 11001, "Consumer not found.");
  return consumer;
}

function needsQueues(account: Account): void {
  if (!account.hasQueues) throw new ApiError(403, 10015, "Account is not entitled to use Queues.");
}
