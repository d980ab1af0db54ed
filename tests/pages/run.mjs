// Every page in headless Chromium, in light and dark, at 360 and 1440 px: axe-core must find nothing, nothing may be wider than the
// screen, no request may go elsewhere, and by keyboard the skip link comes first and focus can always be seen.
//
// node run.mjs --binary TERTIUS --scratch FOLDER --axe axe.min.js --chromium PROGRAM
// Drives the browser over its own protocol, so that nothing but Node and Chromium is needed. Screenshots are left in FOLDER.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const given = Object.fromEntries(
  process.argv.slice(2).map((one, at, all) => [one.slice(2), all[at + 1]]).filter((_, at) => at % 2 === 0),
);
const examples = join(dirname(fileURLToPath(import.meta.url)), "../../examples/fernhill");
const PASSWORD = "several words in a row";
const faults = [];

function tertius(workspace, args, input) {
  const ran = spawnSync(given.binary, ["--workspace", join(given.scratch, workspace), "--quiet", ...args], { input });
  if (ran.status !== 0) throw new Error(`tertius ${args.join(" ")}: ${ran.stderr}`);
}

function serve(workspace) {
  const args = ["--workspace", join(given.scratch, workspace), "serve", "--listen", "127.0.0.1:0"];
  const process = spawn(given.binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((done, failed) => {
    let said = "";
    process.stderr.on("data", (data) => {
      said += data;
      // Only a whole line: it may come in pieces.
      const at = said.match(/listening on (http:\S+)\n/);
      if (at) done({ process, address: at[1] });
    });
    process.on("exit", () => failed(new Error(said)));
  });
}

/** Messages to and from the browser, as lines that end with a zero byte. */
class Browser {
  constructor(program) {
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars",
      "--disable-background-networking", "--no-first-run", `--user-data-dir=${join(given.scratch, "profile")}`];
    this.process = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.waiting = new Map();
    this.heard = [];
    this.next = 1;
    let rest = "";
    this.process.stdio[4].on("data", (data) => {
      const parts = (rest + data).split("\0");
      rest = parts.pop();
      for (const part of parts) this.take(JSON.parse(part));
    });
  }

  take(message) {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return this.heard.forEach((hear) => hear(message));
    this.waiting.delete(message.id);
    if (message.error) waiting.failed(new Error(JSON.stringify(message.error)));
    else waiting.done(message.result);
  }

  send(method, params = {}) {
    const id = this.next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + "\0");
    return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
  }

  async open() {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    this.session = sessionId;
    for (const domain of ["Page", "Runtime", "Network"]) await this.send(`${domain}.enable`);
  }

  async go(address) {
    const loaded = new Promise((done) => {
      const hear = (message) => {
        if (message.method !== "Page.loadEventFired") return;
        this.heard.splice(this.heard.indexOf(hear), 1);
        done();
      };
      this.heard.push(hear);
    });
    await this.send("Page.navigate", { url: address });
    await loaded;
  }

  async run(expression) {
    const ran = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (ran.exceptionDetails) throw new Error(JSON.stringify(ran.exceptionDetails));
    return ran.result.value;
  }

  async key(key) {
    for (const type of ["keyDown", "keyUp"]) {
      await this.send("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: key === "Tab" ? 9 : 13, text: key === "Enter" ? "\r" : undefined });
    }
  }
}

const AXE = readFileSync(given.axe, "utf8");

async function look(browser, name, address, dark, width) {
  const what = `${name} ${dark ? "dark" : "light"} ${width}`;
  await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
  await browser.send("Emulation.setDeviceMetricsOverride", { width, height: 800, deviceScaleFactor: 1, mobile: false });
  await browser.go(address);
  const wide = await browser.run("document.documentElement.scrollWidth");
  if (wide > width) faults.push(`${what}: ${wide} px wide`);
  await browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
  await browser.run(`${AXE};0`);
  const found = await browser.run("axe.run(document, { resultTypes: ['violations'] }).then((of) => of.violations.map((one) => ({ id: one.id, help: one.help, at: one.nodes.map((node) => node.target.join(' ') + ': ' + node.failureSummary) })))");
  for (const one of found) faults.push(`${what}: ${one.id}, ${one.help}\n    ${one.at.join("\n    ")}`);
  const { data } = await browser.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true });
  writeFileSync(join(given.scratch, `${what.replaceAll(" ", "-")}.png`), Buffer.from(data, "base64"));
}

/** Goes through a page with the tabulator: everything that can be reached must be seen when it is. */
async function keyboard(browser, name, address) {
  await browser.go(address);
  const reached = [];
  for (let step = 0; step < 200; step++) {
    await browser.key("Tab");
    const at = await browser.run("(() => { const at = document.activeElement; if (!at || at === document.body) return null; const style = getComputedStyle(at), box = at.getBoundingClientRect(); return { what: at.className || at.tagName + ' ' + (at.id || at.textContent).slice(0, 30), outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0, size: box.width * box.height }; })()");
    if (!at || (reached.length > 1 && at.what === "skip")) break;
    reached.push(at.what);
    if (!at.outline || at.size === 0) faults.push(`${name}: focus on ${at.what} can't be seen`);
  }
  if (reached[0] !== "skip") faults.push(`${name}: the skip link is not first, but ${reached[0]}`);
  if (reached.length < 4) faults.push(`${name}: only ${reached.length} things are reached by keyboard`);
  await browser.go(address);
  await browser.key("Tab");
  await browser.key("Enter");
  const where = await browser.run("document.activeElement.id");
  if (where !== "main") faults.push(`${name}: the skip link leads to ${where}`);
}

async function main() {
  mkdirSync(given.scratch, { recursive: true });
  tertius("full", ["ingest", join(examples, "interactions.ndjson")]);
  tertius("full", ["people", "import", join(examples, "people.csv")]);
  tertius("full", ["score"]);
  tertius("full", ["operator", "add", "ada", "--role", "operator"], PASSWORD);
  tertius("empty", ["ingest", join(examples, "interactions.ndjson")]);
  const [full, empty] = [await serve("full"), await serve("empty")];
  const browser = new Browser(given.chromium);
  let looks = 0;
  try {
    await browser.open();
    const ours = [full.address, empty.address];
    browser.heard.push((message) => {
      const url = message.method === "Network.requestWillBeSent" && message.params.request.url;
      if (url && !ours.some((one) => url.startsWith(`${one}/`)) && !url.startsWith("data:text/html")) faults.push(`asked elsewhere: ${url}`);
      if (message.method === "Runtime.exceptionThrown") faults.push(JSON.stringify(message.params));
    });
    // A page without title and language: who finds nothing there finds nothing anywhere.
    await browser.go("data:text/html,<p>x");
    await browser.run(`${AXE};0`);
    const instrument = await browser.run("axe.run(document).then((of) => of.violations.length)");
    if (instrument < 2) faults.push(`axe-core finds ${instrument} faults where there are two`);
    const all = async (pages) => {
      for (const [name, address] of pages) {
        for (const dark of [false, true]) {
          for (const width of [360, 1440]) { await look(browser, name, address, dark, width); looks++; }
        }
        await keyboard(browser, name, address);
      }
    };
    await all([
      ["nothing-scored", `${empty.address}/`],
      ["questions", `${full.address}/`],
      ["stranger", `${full.address}/p/discourse:mara`],
      ["sign-in", `${full.address}/sign-in`],
      ["not-found", `${full.address}/p/discourse:nobody`],
    ]);
    await browser.go(`${full.address}/sign-in`);
    const sent = new Promise((done) => browser.heard.push((message) => message.method === "Page.loadEventFired" && done()));
    await browser.run(`document.querySelector('#name').value = 'ada'; document.querySelector('#password').value = '${PASSWORD}'; document.querySelector('.fields').submit()`);
    await sent;
    await all([
      ["questions-signed-in", `${full.address}/`],
      ["person", `${full.address}/p/discourse:mara?why=helpers`],
      ["search", `${full.address}/?q=discourse%3Amara`],
      ["search-nobody", `${full.address}/?q=discourse%3Anobody`],
      ["admin", `${full.address}/admin`],
    ]);
    if (!(await browser.run("document.querySelector('.who') !== null"))) faults.push("ada is not signed in");
  } finally {
    browser.process.kill();
    full.process.kill();
    empty.process.kill();
  }
  for (const fault of faults) console.log(fault);
  console.log(`${looks} looks at pages, ${faults.length} faults; screenshots in ${given.scratch}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

await main();
