// Reads one AsyncAPI document and a folder of CloudEvents, and prints what the official validators
// say as JSON: {"problems": [...], "operations": n, "events": {"dispense.json": null | "why not"}}.
import { Parser } from "@asyncapi/parser";
import { CloudEvent } from "cloudevents";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const [documentPath, ...eventPaths] = process.argv.slice(2);

const { document, diagnostics } = await new Parser().parse(readFileSync(documentPath, "utf8"));
const problems = diagnostics.map((one) => ({
  severity: ["error", "warning", "info", "hint"][one.severity],
  code: String(one.code),
  path: one.path.join("."),
  message: one.message,
}));

function whyNotAnEvent(path) {
  try {
    new CloudEvent(JSON.parse(readFileSync(path, "utf8")), true);
    return null;
  } catch (error) {
    return String(error.message);
  }
}

const events = Object.fromEntries(eventPaths.map((path) => [basename(path), whyNotAnEvent(path)]));
const operations = document ? document.operations().all().length : 0;
process.stdout.write(JSON.stringify({ problems, operations, events }));
