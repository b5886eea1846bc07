// Elements in one expression. Text is always set as text, never as markup: names and bodies come from foreign servers.

export type Child = Node | string | null | undefined | false;
type Attributes = { [name: string]: string | number | boolean | undefined };

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function s<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

export interface Column<Row> {
  title: string;
  hint?: string;
  left?: boolean;                       // text; numbers stand right
  cell(row: Row): Child;
}

export function table<Row>(caption: string, columns: Column<Row>[], rows: Row[], rowClass: (row: Row) => string = () => ""): HTMLElement {
  const side = (column: Column<Row>): string => (column.left ? "l" : "r");
  const head = h("tr", {}, ...columns.map((column) => h("th", { class: side(column), scope: "col", title: column.hint }, column.title)));
  const body = rows.map((row) => h("tr", { class: rowClass(row) || undefined }, ...columns.map((column) => h("td", { class: side(column) }, column.cell(row)))));
  return h("div", { class: "table", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "hidden" }, caption), h("thead", {}, head), h("tbody", {}, ...body)));
}

export function section(id: string, title: string, note: string, ...children: Child[]): HTMLElement {
  return h("section", { id, "aria-labelledby": id + "-title" },
    h("h2", { id: id + "-title" }, title), note !== "" && h("p", { class: "note" }, note), ...children);
}
