// The console's charts: each element with data-chart is drawn by uPlot from the JSON at data-source.
"use strict";
(() => {
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const percent = value => value == null ? "–" : (100 * value).toFixed(1) + " %";
  const millis = value => value == null ? "–" : value.toFixed(value < 10 ? 1 : 0) + " ms";
  const number = value => value == null ? "–" : value.toLocaleString(undefined, { maximumFractionDigits: 1 });
  const fraction = value => value == null ? "–" : value.toLocaleString(undefined, { maximumFractionDigits: 3 });
  const palette = () => [css("--accent"), css("--good"), css("--warn"), css("--bad"), css("--faint")];

  // Each kind turns the server's answer into columns: the x values first, then one array a line.
  const kinds = {
    requests: { format: number, lines: s => [["requests/s", s.map(b => b.requestsPerSecond)]] },
    latency: { format: millis, lines: s => [["p50", s.map(b => b.p50Millis)], ["p99", s.map(b => b.p99Millis)]] },
    lag: { format: millis, lines: s => [["event lag", s.map(b => b.eventLagMillis)]] },
    troubles: { format: number, lines: s => [["degraded", s.map(b => b.degraded)], ["refused", s.map(b => b.rejected)], ["errors", s.map(b => b.errors)]] },
    clickRate: { format: percent, lines: clickRateLines },
    curve: { format: fraction, lines: s => [["NDCG@10", s.map(p => p.ndcg10)]] },
    loss: { format: fraction, lines: s => [["loss", s.map(p => p.loss)]] },
  };

  function clickRateLines(buckets) {
    const lines = [];
    for (const field of ["arms", "references"]) {
      const names = [...new Set(buckets.flatMap(b => Object.keys(b[field] || {})))].sort();
      for (const name of names) lines.push([name, buckets.map((b, i) => smoothedRate(buckets, field, name, i))]);
    }
    return lines;
  }

  // Three buckets together: single ones are too noisy to read.
  function smoothedRate(buckets, field, name, at) {
    let impressions = 0, clicks = 0;
    for (let i = Math.max(0, at - 2); i <= at; i++) {
      const counts = (buckets[i][field] || {})[name];
      if (counts) { impressions += counts.impressions; clicks += counts.clicks; }
    }
    return impressions >= 50 ? clicks / impressions : null;
  }

  function draw(element, points) {
    const kind = kinds[element.dataset.chart];
    const lines = kind.lines(points).filter(([, values]) => values.some(v => v != null));
    if (points.length < 2 || lines.length === 0) {
      element.innerHTML = '<p class="empty">Nothing to draw yet.</p>';
      element.plot = null;
      return;
    }
    const time = points[0].start !== undefined;
    const xs = points.map(p => time ? Date.parse(p.start) / 1000 : p.cpuSeconds);
    const names = lines.map(([name]) => name).join("|");
    if (!element.plot || element.names !== names) {
      element.innerHTML = "";
      element.names = names;
      element.plot = new uPlot(options(element, kind, lines, time), [xs, ...lines.map(([, v]) => v)], element);
    } else {
      element.plot.setData([xs, ...lines.map(([, v]) => v)]);
    }
  }

  function options(element, kind, lines, time) {
    const axis = { stroke: css("--faint"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line") } };
    const colours = palette();
    // As every other time of the console, whatever the browser's clock shows.
    const clock = (seconds, from) => new Date(seconds * 1000).toISOString().slice(from, 19).replace("T", " ");
    const ticksUtc = (u, ticks) => ticks.map(tick => clock(tick, 11).slice(0, ticks[1] - ticks[0] < 60 ? 8 : 5));
    return {
      tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      width: Math.max(240, element.clientWidth), height: 220, cursor: { drag: { x: false, y: false } },
      scales: { x: { time }, y: { range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [time ? { ...axis, values: ticksUtc } : axis, { ...axis, size: 62, values: (u, ticks) => ticks.map(kind.format) }],
      series: [time ? { label: "UTC", value: (u, v) => v == null ? "–" : clock(v, 0) } : { label: "CPU seconds" }, ...lines.map(([name], i) => ({
        label: name, stroke: colours[i % colours.length], width: 2, spanGaps: true, points: { show: false },
        value: (u, v) => kind.format(v),
      }))],
    };
  }

  async function refresh(source) {
    const elements = [...document.querySelectorAll("[data-chart]")].filter(e => e.dataset.source === source);
    const answer = await fetch(source, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const { points } = await answer.json();
    elements.forEach(element => draw(element, points));
  }

  function refreshAll() {
    const sources = new Set([...document.querySelectorAll("[data-chart]")].map(e => e.dataset.source));
    sources.forEach(source => refresh(source).catch(() => {}));
  }

  function resizeAll() {
    document.querySelectorAll("[data-chart]").forEach(element => {
      if (element.plot) element.plot.setSize({ width: Math.max(240, element.clientWidth), height: 220 });
    });
  }

  document.addEventListener("DOMContentLoaded", refreshAll);
  document.addEventListener("htmx:afterSwap", refreshAll);
  window.addEventListener("resize", resizeAll);
  setInterval(() => { if (!document.hidden) refreshAll(); }, 3000);
})();
