// Drives a page in headless Chromium and prints, as one JSON document, what it did: node drive.mjs CHROMIUM PAGE [SCREENSHOTS]
// Assertions are the Python test's.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , chromium, file, screenshots] = process.argv;
const require = createRequire(process.env.PLAYWRIGHT_FROM);
const { chromium: browserType } = require("playwright-core");
const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const out = { errors: [], requests: [] };
const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, colorScheme: "light" });
const page = await context.newPage();
page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") out.errors.push(message.text()); });
page.on("pageerror", (error) => out.errors.push(String(error)));
page.on("request", (request) => { if (!request.url().startsWith("data:")) out.requests.push(request.url()); });

const session = await context.newCDPSession(page);
await session.send("Performance.enable", { timeDomain: "threadTicks" }); // not the time that others took the core
await page.goto(pathToFileURL(file).href);
// From the start of the navigation until all is there to be used, and how much of that a core worked.
out.loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
const metrics = Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
out.worked = metrics.TaskDuration;
const shoot = async (name) => { if (screenshots) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true }); };
await shoot("light");

const detail = () => page.locator("#detail").innerText();
const cell = (place) => page.locator(`#hex [data-place="${place}"]`);
const lit = (name) => page.locator(`#hex .${name}`).count();
const row = (path) => page.locator("#fields tr", { has: page.locator("th", { hasText: new RegExp(`^${path}$`) }) });

out.cells = await page.locator("#hex .b").count();
await row("header/signature").hover();
out.hoverField = { detail: await detail(), near: await lit("near") };
await cell(1).hover();
out.hoverByte = { detail: await detail(), near: await page.locator("#fields tr.near th").allInnerTexts() };
await cell(20).click();
out.clickByte = { detail: await detail(), on: await page.locator("#fields tr.on th").allInnerTexts(), tile: await page.locator("#treemap g.on").count() };
await cell(20).press("ArrowDown");
out.arrowDown = await page.evaluate(() => document.activeElement.dataset.place);
await cell(3).click({ position: { x: 3, y: 5 } });
out.sharedFirst = await page.locator("#fields tr.on th").innerText();
await cell(3).press("Enter");
out.sharedNext = await page.locator("#fields tr.on th").innerText();
await row("header/height_minus_1").click();
out.clickField = { on: await lit("on"), detail: await detail() };
await page.keyboard.press("ArrowUp");
out.rowUp = await page.locator("#fields tr.on th").innerText();
await page.locator("#treemap g[data-path='header'] rect").click();
out.tile = await page.locator("#fields tr.on th").innerText();

await page.locator("h1").click();
await page.keyboard.press("/");
await page.keyboard.type("overall");
out.search = { count: await page.locator("#search-count").innerText(), on: await page.locator("#fields tr.on th").allInnerTexts() };
await page.keyboard.press("Escape");
await page.locator("#search").fill("CD 53 43");
out.searchBytes = { count: await page.locator("#search-count").innerText(), on: await page.locator("#fields tr.on th").allInnerTexts() };
await page.locator("#search").fill("no such thing");
out.searchNothing = await page.locator("#search-count").innerText();
await page.locator("#search").fill("");

const switches = page.locator("input[data-map]");
out.maps = await switches.count();
if (out.maps) {
  await switches.first().uncheck();
  out.mapHidden = await page.locator("img.map").first().isHidden();
  await switches.first().check();
}
out.pictures = await page.evaluate(() => [...document.images].map((image) => image.complete && image.naturalWidth > 0));
out.unnamed = await page.evaluate(() => [...document.images].filter((image) => !image.alt).length
  + [...document.querySelectorAll("[role=gridcell], #treemap g")].filter((one) => !one.getAttribute("aria-label")).length
  + [...document.querySelectorAll("input")].filter((input) => !input.labels.length).length);
const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
out.light = await background();
await page.locator("#theme").click();
out.toggled = await background();
await page.locator("#theme").click();
out.toggledBack = await background();
await page.emulateMedia({ colorScheme: "dark" });
await page.evaluate(() => delete document.documentElement.dataset.theme);
out.dark = await background();
await cell(12).click();
await shoot("dark");
// Contrast of text on what is behind it, least of all kinds (WCAG 2.2, 1.4.3), in both schemes.
out.contrast = {};
for (const scheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme: scheme });
  out.contrast[scheme] = await page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const luminance = (colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const probe = document.createElement("span");
    document.body.append(probe);
    const value = (name) => { probe.style.color = `var(--${name})`; return luminance(getComputedStyle(probe).color); };
    const ratio = (one, two) => (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const ink = ["header", "framing", "text", "maps", "image", "generation", "ancillary", "padding", "paper", "panel", "mark"].map((name) => ratio(value("ink"), value(name)));
    const faint = ["paper", "panel"].map((name) => ratio(value("faint"), value(name)));
    probe.remove();
    return Math.min(...ink, ...faint);
  });
}
await page.setViewportSize({ width: 420, height: 900 });
await page.emulateMedia({ colorScheme: "light" });
out.wide = await page.evaluate(() => document.documentElement.scrollWidth);
await shoot("narrow");
await browser.close();
console.log(JSON.stringify(out));
