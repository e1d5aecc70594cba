// Drives a published page in headless Chromium and prints, as one JSON document, what it did:
// node drive-leaderboard.mjs CHROMIUM PAGE SCREENSHOTS. Assertions are the Python test's.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , chromium, file, screenshots] = process.argv;
const { chromium: browserType } = createRequire(process.env.PLAYWRIGHT_FROM)("playwright-core");
const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const out = { errors: [], requests: [], contrast: {} };
const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, colorScheme: "light" });
page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") out.errors.push(message.text()); });
page.on("pageerror", (error) => out.errors.push(String(error)));
page.on("request", (request) => { if (!request.url().startsWith("data:")) out.requests.push(request.url()); });
const address = pathToFileURL(file).href;
await page.goto(address);
const shoot = (name) => page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
await shoot("light");

const heads = page.locator("#files tbody th");
const press = async (title, key) => { await page.locator("#files thead button", { hasText: title }).focus(); await page.keyboard.press(key); };
await press("PSNR", "Enter");
out.ascending = await heads.allInnerTexts();
await press("PSNR", "Space");
out.descending = await heads.allInnerTexts();
out.told = await page.locator("#sorted").innerText();
out.order = await page.evaluate(() => [...document.querySelectorAll("#files [aria-sort]")].map((one) => one.getAttribute("aria-sort")));
await press("picture", "Enter");
out.byText = (await heads.allInnerTexts()).filter((name) => name.length === 1);
out.links = await page.evaluate(() => [...document.querySelectorAll("#files a")].map((link) => link.href));
// What a reader may come to has a name: buttons, links, pictures, tables, and areas that scroll.
out.unnamed = await page.evaluate(() => [...document.querySelectorAll("button, a, summary")].filter((one) => !one.textContent.trim()).length
  + [...document.querySelectorAll("[role=img]")].filter((one) => !one.getAttribute("aria-label")).length
  + [...document.querySelectorAll("[role=region]")].filter((one) => !document.getElementById(one.getAttribute("aria-labelledby"))).length
  + [...document.images].filter((image) => !image.alt).length);
out.owned = await page.evaluate(() => window.owned ?? null);

const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
out.light = await background();
await page.locator("#theme").click();
out.toggled = await background();
await page.locator("#theme").click();
await page.evaluate(() => delete document.documentElement.dataset.theme);
await page.emulateMedia({ colorScheme: "dark" });
out.dark = await background();
await shoot("dark");
for (const scheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme: scheme });
  out.contrast[scheme] = await page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const luminance = (name) => {
      const probe = document.createElement("span");
      probe.style.color = `var(--${name})`;
      document.body.append(probe);
      canvas.fillStyle = getComputedStyle(probe).color;
      probe.remove();
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, two) => (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    return Math.min(...["paper", "panel"].map((name) => ratio(luminance("ink"), luminance(name))),
      ...["paper", "panel"].flatMap((name) => [ratio(luminance("faint"), luminance(name)), ratio(luminance("accent"), luminance(name))]));
  });
}
await page.setViewportSize({ width: 390, height: 844 });
await page.emulateMedia({ colorScheme: "light" });
out.wide = await page.evaluate(() => document.documentElement.scrollWidth);
await shoot("narrow");

const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
await plain.goto(address);
out.withoutScript = { rows: await plain.locator("#files tbody tr").count(), buttons: await plain.locator("button:visible").count() };
await browser.close();
console.log(JSON.stringify(out));
