// The search field: the index is loaded when somebody goes there.
(() => {
  const { root } = document.body.dataset;
  const field = document.getElementById('search');
  const found = document.getElementById('found');
  let index;

  const load = (name) =>
    new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${root}/${name}`;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  const open = () => {
    index ??= Promise.all([load('minisearch.js'), load('search-index.js')]).then(() =>
      globalThis.MiniSearch.loadJSON(globalThis.searchIndex, globalThis.searchOptions),
    );
    return index;
  };
  const show = async () => {
    const words = field.value.trim();
    const results =
      words === '' ? [] : (await open()).search(words, { prefix: true, fuzzy: 0.15, combineWith: 'AND' });
    // What was typed meanwhile is answered by its own search.
    if (field.value.trim() !== words) return;
    found.replaceChildren(...results.slice(0, 12).map(lineOf));
    if (words !== '' && results.length === 0) found.textContent = 'Nothing found';
  };
  const lineOf = ({ title, heading, url }) => {
    const line = document.createElement('li');
    const link = document.createElement('a');
    link.href = `${root}/${url}`;
    link.textContent = heading === title ? title : `${title}: ${heading}`;
    line.append(link);
    return line;
  };

  field.addEventListener('focus', open);
  field.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    }
    if (event.key === 'Escape') {
      field.value = '';
      found.replaceChildren();
    }
  });
})();
