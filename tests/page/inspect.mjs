// Drives the inspector in headless Chromium and prints, as one JSON document, what it did:
// node inspect.mjs CHROMIUM PAGE SCREENSHOTS FILE... Assertions are the Python test's.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const [, , chromium, file, screenshots, ...given] = process.argv;
const { chromium: browserType } = createRequire(process.env.PLAYWRIGHT_FROM)("playwright-core");
const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const out = { errors: [], requests: [] };
const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, colorScheme: "light", acceptDownloads: true });
const page = await context.newPage();
page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") out.errors.push(message.text()); });
page.on("pageerror", (error) => out.errors.push(String(error)));
page.on("request", (request) => { if (!/^(data|blob):/.test(request.url())) out.requests.push(request.url()); });
await page.goto(pathToFileURL(file).href);
const shoot = (name) => page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
await shoot("empty");

// Drop all files at once.
const dropped = given.map((path) => ({ name: basename(path), data: readFileSync(path).toString("base64") }));
const transfer = await page.evaluateHandle((files) => {
  const made = new DataTransfer();
  for (const { name, data } of files) made.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], name));
  return made;
}, dropped);
await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
out.dragging = await page.evaluate(() => document.body.className);
await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
await page.waitForFunction((count) => document.querySelectorAll("#files li").length === count, given.length);
out.status = await page.locator("#status").innerText();
out.files = await page.locator("#files button").allInnerTexts();
const show = async (name) => page.locator("#files button", { hasText: name }).first().click();
const texts = (selector) => page.locator(selector).allInnerTexts();
const told = async () => ({
  facts: await texts("#facts dd"), bits: await texts("#bits tr"), issues: await page.locator("#issues tr:visible").allInnerTexts(),
  content: await page.locator("#content").innerText(), verdict: await page.locator("#verdict").innerText(),
  fields: await page.locator("#fields tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))),
  cells: await page.locator("#hex .b").count(), canvases: await page.locator("canvas").count(),
});
out.shown = {};
for (const { name } of dropped) {
  await show(name);
  out.shown[name] = await told();
  await shoot(`light-${name}`);
}
// The pixels of the first map, as far as they are set.
await show("maps-packed");
out.pixels = await page.locator("canvas").first().evaluate((canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 3).map((alpha) => Number(alpha > 0)));
out.size = await page.locator("canvas").first().evaluate((canvas) => [canvas.width, canvas.height]);

// The keyboard alone: from the file button to a file, through fields and bytes.
await page.locator("#choose").focus();
for (let i = 0; i < 4; i++) await page.keyboard.press("Tab"); // over the button for dark and light, and the link behind the list
await page.keyboard.press("Enter");
out.keyFile = await page.locator("#name").innerText();
const place = () => page.evaluate(() => document.activeElement.dataset.place ?? document.activeElement.children[2]?.textContent ?? document.activeElement.id);
out.order = [];
for (let i = 0; i < 40 && !/^\d+$/.test(out.order.at(-1) ?? ""); i++) { await page.keyboard.press("Tab"); out.order.push(await place()); }
const detail = () => page.locator("#detail b").innerText();
await page.keyboard.press("ArrowRight");
out.right = [await place(), await detail()];
await page.keyboard.press("End");
out.end = await place();
for (const key of ["Home", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
out.next = [await place(), await detail()];
const row = page.locator("#fields tr").nth(1);
await row.focus();
await page.keyboard.press("ArrowDown");
out.down = [await place(), await detail(), await page.locator("#hex .on").count()];
await page.keyboard.press("End");
out.last = await place();
// A broken rule leads to its byte; the pointer chooses the bits under it.
await show("bad-container");
await page.locator("#issues .link").click();
out.jump = await detail();
await page.locator("#hex [data-place='3']").click({ position: { x: 2, y: 5 } });
out.firstBits = await detail();

// A large file is shown page by page. Its last field is reached at once.
await show("large");
out.pages = [];
const range = async () => out.pages.push([await page.locator("#range").innerText(), await page.locator("#earlier").isDisabled(), await page.locator("#later").isDisabled()]);
await range();
await page.locator("#later").click();
await range();
const began = Date.now();
await page.locator("#fields tr").last().click();
out.lastField = await detail();
await range();
await page.locator("#fields tr").last().hover();
await page.locator("#fields tr").first().hover();
out.lastFieldSeconds = (Date.now() - began) / 1000;
await page.locator("#search").fill("CD 53 43");
await range();
await page.locator("#search").fill("");
// A number of the registry has its name, and every declared field its meaning.
await show("coffee");
await page.locator("#fields tr", { hasText: "header/profile" }).click();
out.meaning = await page.locator("#detail").innerText();
await page.locator("#fields tr", { hasText: "framing/maps/method" }).click();
out.method = await page.locator("#detail").innerText();
out.title = await page.title();

const download = async (id) => {
  const [saved] = await Promise.all([page.waitForEvent("download"), page.locator(id).click()]);
  await saved.saveAs(`${screenshots}/${saved.suggestedFilename()}`);
};
await download("#json");
await download("#csv");

out.unnamed = await page.evaluate(() => [...document.querySelectorAll("canvas, [role=gridcell], [role=grid]")].filter((one) => !one.getAttribute("aria-label")).length
  + [...document.querySelectorAll("input")].filter((input) => !input.labels.length).length
  + [...document.querySelectorAll("button")].filter((button) => !button.textContent.trim()).length
  + [...document.querySelectorAll("section")].filter((section) => !document.getElementById(section.getAttribute("aria-labelledby"))).length);
const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
out.light = await background();
await page.emulateMedia({ colorScheme: "dark" });
out.dark = await background();
await show("coffee");
await page.locator("#fields tr").nth(12).click();
await page.evaluate(() => scrollTo(0, 0));
await shoot("dark");
await page.setViewportSize({ width: 390, height: 844 });
await page.emulateMedia({ colorScheme: "light" });
out.wide = [];
for (const { name } of dropped) {
  await show(name);
  out.wide.push(await page.evaluate(() => document.documentElement.scrollWidth));
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(`phone-${name}`);
}
out.owned = await page.evaluate(() => window.owned);
out.markup = await page.evaluate(() => document.querySelectorAll("#result img, #result script, #files img").length);

// By address: refused from the disk, and refused where it leads elsewhere.
out.address = [];
for (const wanted of ["coffee.misc", "https://example.org/a.misc", "//example.org/a.misc", "javascript:owned=1", "../a.misc", "/a.misc", "\\\\a.misc", "a/../b.misc", ""]) {
  await page.goto(`${pathToFileURL(file).href}?file=${encodeURIComponent(wanted)}`);
  await page.waitForSelector("#files li");
  out.address.push(await page.locator("#verdict").innerText());
}
// From a server: the only request is that for the file.
const served = await context.newPage(), asked = [];
served.on("pageerror", (error) => out.errors.push(String(error)));
served.on("request", (request) => asked.push(new URL(request.url()).pathname));
await served.route("http://inspector.test/**", (route) => {
  const { pathname } = new URL(route.request().url()), known = dropped.find(({ name }) => pathname === `/${name}`);
  if (pathname === "/inspector.html") return route.fulfill({ contentType: "text/html", body: readFileSync(file) });
  if (pathname === "/a%23%3F.misc") return route.fulfill({ body: Buffer.from(dropped[0].data, "base64") });
  if (pathname === "/below/huge.misc") return route.fulfill({ body: Buffer.alloc(2 ** 24 + 1) });
  return known ? route.fulfill({ body: Buffer.from(known.data, "base64") }) : route.fulfill({ status: 404, body: "" });
});
out.served = [];
for (const wanted of ["coffee.misc", "nothing.misc", "a#?.misc", "below/huge.misc"]) {
  await served.goto(`http://inspector.test/inspector.html?file=${encodeURIComponent(wanted)}`);
  await served.waitForSelector("#files li");
  out.served.push(await served.locator("#verdict").innerText());
}
out.asked = asked;
// Two drops at once, one with a file that is too large. The pointer then finds nothing to mark.
await served.goto("http://inspector.test/inspector.html");
await served.evaluate(() => {
  const drop = (...made) => {
    const dataTransfer = new DataTransfer();
    for (const file of made) dataTransfer.items.add(file);
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
  };
  drop(new File([new Uint8Array(9)], "first.misc"), new File([new Uint8Array(3)], "second.misc"));
  drop(new File([new Uint8Array(2 ** 24 + 1)], "huge.misc"));
});
await served.waitForFunction(() => document.querySelectorAll("#files li").length === 3);
await served.evaluate(() => { for (const id of ["hex", "fields", "treemap"]) document.getElementById(id).dispatchEvent(new PointerEvent("pointerleave")); });
out.drops = { names: await served.locator("#files li").allInnerTexts(), shown: await served.locator("#name").innerText(), status: await served.locator("#status").innerText() };
await browser.close();
writeFileSync(`${screenshots}/told.json`, JSON.stringify(out));
console.log(JSON.stringify(out));
