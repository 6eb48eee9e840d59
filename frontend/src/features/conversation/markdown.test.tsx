import { describe, expect, it } from "vitest";
import { pictureOf, renderMarkdown } from "./markdown";

function html(text: string): string {
  const root = document.createElement("div");
  root.append(renderMarkdown(text));
  return root.innerHTML.trim();
}

describe("comments in Markdown", () => {
  it("show what is marked, and keep line breaks", () => {
    expect(html("**now**\nlater")).toBe("<p><strong>now</strong><br>later</p>");
    expect(html("- one\n- two")).toMatch(/<ul>\s*<li>one<\/li>/);
  });

  it("open links elsewhere without a word of where they come from", () => {
    expect(html("[site](https://example.org)")).toBe(
      '<p><a href="https://example.org" rel="noopener noreferrer nofollow" target="_blank">site</a></p>',
    );
  });

  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick=alert(1)>b</b>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "> - <iframe src=javascript:alert(1)></iframe>",
  ])("show HTML as it was typed: %s", (text) => {
    const root = document.createElement("div");
    root.append(renderMarkdown(text));
    expect(root.querySelector("script, img, b, svg, style, iframe")).toBeNull();
    expect(root.textContent).toContain(text.replace(/^> - /, ""));
  });

  it("make nothing of nested tags", () => {
    expect(html("<scr<script>ipt>alert(1)</scr</script>ipt>")).not.toContain("<scr");
  });

  it.each([
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#115;cript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:x)",
    "[**[a](javascript:alert(1))**](javascript:alert(2))",
    "![a](javascript:alert(1))",
  ])("go nowhere by %s", (text) => {
    expect(html(text)).not.toContain("href");
  });

  it("show a mention as a chip with nothing but a name in it", () => {
    const id = "00000000-0000-7000-8000-000000000001";
    expect(html(`Ask @[Ann <b> *Lee*](user:${id})!`)).toBe(
      "<p>Ask <mark>@Ann &lt;b&gt; *Lee*</mark>!</p>",
    );
    expect(html(`\`@[Ann](user:${id})\``)).not.toContain("<mark>");
    expect(html("@[Ann](user:1)")).not.toContain("<mark>");
  });

  it("fetch no image: it is a link", () => {
    const shown = html("![chart](https://example.org/a.png)");
    expect(shown).not.toContain("<img");
    expect(shown).toContain('href="https://example.org/a.png"');
    expect(shown).toContain(">chart</a>");
  });

  it("leave a place for a file of the incident, with the words of the writer", () => {
    const id = "019c0000-0000-7000-8000-000000000001";
    const root = document.createElement("div");
    root.append(renderMarkdown(`See ![the <b>chart</b>](attachment:${id}) here`));
    const place = root.querySelector("[data-picture]");
    expect(place && pictureOf(place)).toEqual({ id, words: "the <b>chart</b>" });
    expect(root.querySelector("a, b, img")).toBeNull();
    expect(place?.childNodes).toHaveLength(0);
  });

  it.each([
    "![a](attachment:../../users)",
    "![a](attachment:)",
    "![a](ATTACHMENT:1)",
    "![a](attachment:019c0000-0000-7000-8000-000000000001?x=1)",
    "![a](upload:abc)",
    "![a](/api/v1/attachments/019c0000-0000-7000-8000-000000000001/preview)",
    "![a](//example.org/a.png)",
    "![a](blob:https://example.org/1)",
  ])("show %s as words only", (text) => {
    const root = document.createElement("div");
    root.append(renderMarkdown(text));
    expect(root.querySelector("[data-picture], [href], img")).toBeNull();
    expect(root.textContent?.trim()).toBe("a");
  });

  it("make no place from HTML that is typed", () => {
    const typed = '<div data-picture="019c0000-0000-7000-8000-000000000001"></div>';
    const root = document.createElement("div");
    root.append(renderMarkdown(typed));
    expect(root.querySelector("[data-picture]")).toBeNull();
  });

  it("cannot break out of an image's words", () => {
    expect(html('![<img src=x onerror="a">](https://a.example)')).not.toContain("<img");
  });
});
