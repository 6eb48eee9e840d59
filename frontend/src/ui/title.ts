/** The tab's title: the page's own, and before it how much there is to read. */
let page = document.title;
let unread = "";

function write(): void {
  document.title = unread ? `(${unread}) ${page}` : page;
}

export function setPageTitle(title: string): void {
  page = title;
  write();
}

export function setTitleBadge(count: string): void {
  unread = count;
  write();
}
