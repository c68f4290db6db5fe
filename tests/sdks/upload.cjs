// What a browser does with the link that the application gave it.
const { BlockBlobClient } = require("@azure/storage-blob");

async function main({ link, contentType, base64 }) {
  const blob = new BlockBlobClient(link);
  const bytes = Buffer.from(base64, "base64");
  const put = await blob.uploadData(bytes, { blobHTTPHeaders: { blobContentType: contentType } });
  return { status: put._response.status };
}

main(JSON.parse(require("node:fs").readFileSync(0, "utf8"))).then((found) => console.log(JSON.stringify(found)));
