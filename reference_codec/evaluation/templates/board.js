"use strict";
// Sorts tables by a column, and changes between light and dark. Without this script the page shows the same figures in their first order.
const root = document.documentElement, theme = document.getElementById("theme"), told = document.getElementById("sorted");
for (const one of document.querySelectorAll(".script, #theme")) one.hidden = false;
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const nameTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
nameTheme();

const ORDERS = { ascending: 1, descending: -1 };
const letters = (one, two) => one.localeCompare(two, "en", { numeric: true });
const numbers = (one, two) => Number(one) - Number(two);
// A column of numbers by value, any other by its letters. Rows without a key stay last in both orders.
const sort = (table, place, order) => {
  const rows = [...table.tBodies[0].rows], key = (row) => row.cells[place].dataset.key;
  const compare = rows.some((row) => Number.isNaN(Number(key(row)))) ? letters : numbers;
  rows.sort((one, two) => (key(one) && key(two) ? ORDERS[order] * compare(key(one), key(two)) : (key(one) ? 0 : 1) - (key(two) ? 0 : 1)));
  table.tBodies[0].append(...rows);
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button"), title = head.textContent;
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      sort(table, place, order);
      told.textContent = `${table.caption.textContent}: sorted by ${title}, ${order}`;
    });
  });
}
