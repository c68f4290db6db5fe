// Queues through @azure/storage-queue: a message is taken, put back, changed and done.
const { QueueServiceClient } = require("@azure/storage-queue");

async function main({ connection, queue: name }) {
  const queue = QueueServiceClient.fromConnectionString(connection).getQueueClient(name);
  await queue.create();
  const body = Buffer.from(JSON.stringify({ blast_id: "blast_1", chunk: 1 })).toString("base64");
  await queue.sendMessage(body);
  await queue.sendMessage("later", { visibilityTimeout: 3600 });
  const peeked = (await queue.peekMessages()).peekedMessageItems.length;

  const [first] = (await queue.receiveMessages({ visibilityTimeout: 30 })).receivedMessageItems;
  const hidden = (await queue.receiveMessages()).receivedMessageItems.length;
  await queue.updateMessage(first.messageId, first.popReceipt, body, 0);
  const [second] = (await queue.receiveMessages({ visibilityTimeout: 30 })).receivedMessageItems;
  const stale = await code(() => queue.deleteMessage(first.messageId, first.popReceipt));
  await queue.deleteMessage(second.messageId, second.popReceipt);
  return {
    peeked,
    hidden,
    body: JSON.parse(Buffer.from(second.messageText, "base64").toString()),
    dequeued: [first.dequeueCount, second.dequeueCount],
    stale,
    left: (await queue.getProperties()).approximateMessagesCount,
    missing: await code(() =>
      QueueServiceClient.fromConnectionString(connection).getQueueClient(`${name}-none`).getProperties(),
    ),
  };
}

async function code(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return error.code;
  }
}

main(JSON.parse(require("node:fs").readFileSync(0, "utf8"))).then((found) => console.log(JSON.stringify(found)));
