// Tables through @azure/data-tables: rows, conditional writes, transactions, filters, pages.
const { TableClient, odata } = require("@azure/data-tables");

async function main({ connection, table: name }) {
  const table = TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
  await table.createTable();
  const row = { partitionKey: "art_1", rowKey: "profile", name: "Grüße 🎵", fans: 3, big: 9007199254740993n };
  await table.createEntity(row);
  const again = await status(() => table.createEntity(row));
  const read = await table.getEntity("art_1", "profile");

  await table.updateEntity({ partitionKey: "art_1", rowKey: "profile", fans: 4 }, "Merge", { etag: read.etag });
  const stale = await status(() =>
    table.updateEntity({ partitionKey: "art_1", rowKey: "profile", fans: 5 }, "Merge", { etag: read.etag }),
  );
  const rows = Array.from({ length: 20 }, (_, n) => [
    "create",
    { partitionKey: "art_2", rowKey: String(n).padStart(3, "0"), n },
  ]);
  await table.submitTransaction(rows);
  const refused = await status(() =>
    table.submitTransaction([
      ["create", { partitionKey: "art_2", rowKey: "100" }],
      ["create", { partitionKey: "art_2", rowKey: "000" }],
    ]),
  );

  const some = [];
  const filter = odata`PartitionKey eq ${"art_2"} and n ge ${15}`;
  for await (const found of table.listEntities({ queryOptions: { filter } })) some.push(found.rowKey);
  const pages = [];
  for await (const page of table.listEntities().byPage({ maxPageSize: 8 })) pages.push(page.length);
  await table.deleteEntity("art_1", "profile", { etag: "*" });
  return {
    again,
    stale,
    refused,
    some,
    pages,
    name: read.name,
    big: String(read.big),
    fans: read.fans,
    gone: await status(() => table.getEntity("art_1", "profile")),
    half: await status(() => table.getEntity("art_2", "100")),
  };
}

async function status(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return error.statusCode;
  }
}

main(JSON.parse(require("node:fs").readFileSync(0, "utf8"))).then((found) => console.log(JSON.stringify(found)));
