/** Markdown as people write it becomes nodes that can do no harm. */
import DOMPurify from "dompurify";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import { LEADING_MENTION } from "./mentions";

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const mention: TokenizerAndRendererExtension = {
  name: "mention",
  level: "inline",
  start: (text) => {
    const at = text.indexOf("@[");
    return at < 0 ? undefined : at;
  },
  tokenizer(text) {
    const match = LEADING_MENTION.exec(text);
    return match ? { type: "mention", raw: match[0], person: match[1] } : undefined;
  },
  // The only marks there are: the style sheet makes chips of them.
  renderer: ({ person }) => `<mark>@${escapeHtml(String(person))}</mark>`,
};

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [mention],
  renderer: {
    // What looks like HTML is shown as it was typed.
    html: ({ text }) => escapeHtml(text),
    // Nothing is fetched from elsewhere because somebody reads a comment: files of the
    // incident get a place, everything else is a link.
    image({ href, text }) {
      const link = { href, title: null, text: text || href };
      return this.parser.renderer.link.call(this, {
        type: "link",
        raw: "",
        ...link,
        tokens: [{ type: "text", raw: link.text, text: link.text, escaped: false }],
      });
    },
  },
});

const TAGS = [
  ...["p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "a", "mark"],
  ...["ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"],
  ...["table", "thead", "tbody", "tr", "th", "td"],
];

/** How a text refers to a file of its incident. */
const PICTURE = /^attachment:([0-9a-f-]{36})$/;

/** The file that has its place there, and the words of the writer for it. */
export const pictureOf = (place: Element) => ({
  id: place.getAttribute("data-picture") ?? "",
  words: place.getAttribute("data-words") ?? "",
});

/** An empty place for each file that the text refers to, instead of its link. */
function makePlaces(nodes: DocumentFragment): void {
  for (const link of nodes.querySelectorAll('a[href^="attachment:" i]')) {
    const id = PICTURE.exec(link.getAttribute("href") ?? "")?.[1];
    const words = link.textContent ?? "";
    const place = document.createElement("div");
    if (id) {
      place.setAttribute("data-picture", id);
      place.setAttribute("data-words", words);
      link.replaceWith(place);
    } else link.replaceWith(words);
  }
}

/** The nodes of a comment: no raw HTML, no images, links that give nothing away. */
export function renderMarkdown(text: string): DocumentFragment {
  const nodes = DOMPurify.sanitize(marked.parse(text, { async: false }), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "start"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|attachment:)/i,
    RETURN_DOM_FRAGMENT: true,
  });
  makePlaces(nodes);
  for (const link of nodes.querySelectorAll("a[href]")) {
    link.setAttribute("rel", "noopener noreferrer nofollow");
    link.setAttribute("target", "_blank");
  }
  return nodes;
}
