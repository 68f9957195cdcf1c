/// The report's style sheet: one narrow palette, in light, dark and print.
///
/// A fragment put in the place of ``Report/runRecordMarker`` can use the same classes:
/// `<section>` with an `<h2>`, `<div class="scroll"><table>`, and `td.number` for figures.
let styleSheet = """
  :root {
    color-scheme: light dark;
    --paper: #fdfdfc; --panel: #f5f6f6; --ink: #1c2226; --quiet: #59636b; --line: #d9dddf;
    --accent: #14708a; --series0: #9aa4ab; --series1: #c98f2e; --series2: #14708a;
    --good: #1d6b3e; --bad: #a43622;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #14181b; --panel: #1c2226; --ink: #e5e9eb; --quiet: #9fabb3; --line: #333c42;
      --accent: #62bdd8; --series0: #7a868e; --series1: #d9a84f; --series2: #62bdd8;
      --good: #74c995; --bad: #ef8f7c;
    }
  }
  * { box-sizing: border-box; }
  body {
    margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 96rem;
    background: var(--paper); color: var(--ink);
    font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    font-variant-numeric: tabular-nums lining-nums; -webkit-text-size-adjust: 100%;
  }
  h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em; margin: 0; }
  h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem; }
  h3 { font-size: 1rem; line-height: 1.4; margin: 1.75rem 0 .5rem; }
  h1, h2, h3, figcaption { overflow-wrap: anywhere; }
  p, ul, ol { margin: .5rem 0; max-width: 46rem; }
  ul, ol { padding-left: 1.25rem; }
  li { margin: .35rem 0; }
  a { color: var(--accent); }
  section { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
  .quiet { color: var(--quiet); }
  p.quiet { font-size: .9375rem; }
  .good { color: var(--good); }
  .bad { color: var(--bad); }
  li .good, li .bad { font-weight: 600; }
  .lead { font-size: 1.0625rem; }
  nav { margin-top: 1.25rem; font-size: .875rem; }
  nav ul {
    display: flex; flex-wrap: wrap; gap: .25rem 1.25rem;
    list-style: none; padding: 0; max-width: none;
  }
  nav li { margin: 0; }

  .facts {
    display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
    gap: 1rem 1.5rem; margin: 1.5rem 0 0;
  }
  .facts dt { color: var(--quiet); font-size: .8125rem; }
  .facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }

  .scroll { overflow-x: auto; margin: .75rem 0; }
  .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; }
  tbody th { position: sticky; left: 0; background: var(--paper); }
  table { border-collapse: collapse; font-size: .875rem; line-height: 1.35; }
  caption {
    text-align: left; color: var(--quiet); padding-bottom: .5rem; max-width: min(46rem, 88vw);
  }
  th, td { padding: .45rem .9rem .45rem 0; vertical-align: top; text-align: left; }
  th { font-weight: 500; }
  thead th { color: var(--quiet); font-weight: 500; border-bottom: 1px solid var(--ink); }
  tbody + tbody th[scope="rowgroup"] { padding-top: 1.1rem; }
  th[scope="rowgroup"] { font-weight: 650; }
  tbody tr + tr { border-top: 1px solid var(--line); }
  th.number, td.number { text-align: right; padding-right: 0; padding-left: 1.4rem; }
  td.number { white-space: nowrap; }
  td small { display: block; font-size: .8125rem; color: var(--quiet); }
  td small.good { color: var(--good); }
  td small.bad { color: var(--bad); }
  td .spread { color: var(--quiet); }
  td.best strong { font-weight: 700; }
  td.top { background: linear-gradient(90deg, transparent 1rem, var(--panel) 1rem); }
  tr.full th[scope="row"] { font-weight: 650; }

  .charts {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19.5rem), 1fr));
    gap: 1.5rem 2rem; margin-top: 1rem;
  }
  figure { margin: 0; break-inside: avoid; }
  figcaption { font-weight: 600; font-size: .9375rem; margin-bottom: .5rem; }
  svg { display: block; width: 100%; height: auto; }
  svg text { fill: var(--ink); font-size: 12px; font-family: inherit; }
  svg text.axis { fill: var(--quiet); font-size: 11px; }
  svg text.cell { font-size: 11.5px; }
  svg text.sure { font-weight: 650; }
  svg text.unsure { fill: var(--quiet); }
  svg text.halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
  .grid { stroke: var(--line); stroke-width: 1; }
  .zero { stroke: var(--quiet); stroke-width: 1.25; }
  .whisker { stroke: var(--accent); stroke-width: 1.75; }
  .dot { stroke: var(--accent); stroke-width: 1.75; fill: var(--accent); }
  .dot.unsure { fill: var(--paper); }
  .heat { fill: var(--accent); }
  .chosen { fill: none; stroke: var(--ink); stroke-width: 2; }
  .curve { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-opacity: .65; }
  .series0 { fill: var(--series0); background: var(--series0); }
  .series1 { fill: var(--series1); background: var(--series1); }
  .series2 { fill: var(--series2); background: var(--series2); }
  .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; }
  .legend .swatch {
    display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem;
    border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact;
  }

  @media (max-width: 30rem) {
    body { padding: 1.5rem 1rem 3rem; }
    h1 { font-size: 1.5rem; }
    section { margin-top: 2.25rem; }
    th[scope="row"], th[scope="rowgroup"] { min-width: 7.5rem; }
  }
  @media print {
    :root {
      color-scheme: light;
      --paper: #fff; --panel: #f1f3f3; --ink: #000; --quiet: #444c52; --line: #cfd4d6;
      --accent: #14708a; --series0: #9aa4ab; --series1: #c98f2e; --series2: #14708a;
      --good: #1d6b3e; --bad: #a43622;
    }
    @page { margin: 16mm 14mm; }
    body { padding: 0; max-width: none; font-size: 10pt; }
    nav { display: none; }
    .scroll { overflow: visible; }
    tbody th { position: static; }
    table { font-size: 8pt; }
    td small { font-size: 7pt; }
    th.number, td.number { padding-left: .7rem; }
    section { margin-top: 1.5rem; }
    h2, h3, figcaption, caption, p.quiet, p.legend { break-after: avoid; }
    tr, p.quiet { break-inside: avoid; }
    .charts { display: block; }
    .charts figure { display: inline-block; width: 47%; margin: 0 2% 1rem 0; vertical-align: top; }
  }
  """
