// Blobs through @azure/storage-blob: what was written is read again, by key and by link.
const { BlobServiceClient, BlobClient, BlobSASPermissions } = require("@azure/storage-blob");

const MEBIBYTE = 1024 * 1024;

async function main({ connection, container: name }) {
  const container = BlobServiceClient.fromConnectionString(connection).getContainerClient(name);
  await container.create();
  const text = container.getBlockBlobClient("a/grüße.txt");
  const uploaded = await text.upload("grüße", Buffer.byteLength("grüße"), {
    blobHTTPHeaders: { blobContentType: "text/plain; charset=utf-8" },
    metadata: { release: "rel_1" },
    conditions: { ifNoneMatch: "*" },
  });
  const again = await status(() => text.upload("x", 1, { conditions: { ifNoneMatch: "*" } }));
  const stale = await status(() => text.upload("x", 1, { conditions: { ifMatch: '"stale"' } }));

  const large = container.getBlockBlobClient("large.bin");
  const bytes = Buffer.alloc(5 * MEBIBYTE, "abcdefg");
  await large.uploadData(bytes, { blockSize: MEBIBYTE, concurrency: 2, maxSingleShotSize: MEBIBYTE });
  const link = await text.generateSasUrl({
    permissions: BlobSASPermissions.parse("r"),
    expiresOn: new Date(Date.now() + 5 * 60 * 1000),
  });
  const writing = new BlobClient(link).getBlockBlobClient();

  const properties = await text.getProperties();
  const names = [];
  for await (const blob of container.listBlobsFlat()) names.push(blob.name);
  return {
    etag: uploaded.etag === properties.etag,
    contentType: properties.contentType,
    metadata: properties.metadata,
    again,
    stale,
    names,
    text: (await text.downloadToBuffer()).toString(),
    range: (await large.downloadToBuffer(7 * 1000, 14)).toString(),
    whole: bytes.equals(await large.downloadToBuffer()),
    byLink: (await new BlobClient(link).downloadToBuffer()).toString(),
    writeByReadLink: await status(() => writing.upload("x", 1)),
    deleted: await status(() => text.delete()),
    gone: await status(() => text.getProperties()),
  };
}

async function status(call) {
  try {
    return (await call())._response.status;
  } catch (error) {
    return error.statusCode;
  }
}

main(JSON.parse(require("node:fs").readFileSync(0, "utf8"))).then((found) => console.log(JSON.stringify(found)));
