// Charts by uPlot, in the colours of the page. The points are in a hidden element or at an address (data-url).
"use strict";
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const COLOURS = { good: "one", bad: "over", soft: "line-strong" };
  const colour = (name) => token(COLOURS[name] || name);
  const language = document.documentElement.lang;

  // About how many pixels a label takes: Chinese characters are as wide as the text is high.
  const length = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 12 : 6.7), 0);

  const written = (unit) => {
    if (unit === "number") return new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    if (unit === "percent") return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
    return new Intl.NumberFormat(language, { style: "currency", currency: unit, notation: "compact", maximumFractionDigits: 1 });
  };

  // On a plane, the point that is nearest to the pointer; null: none is near.
  const nearest = (plot, points) => {
    const { left, top } = plot.cursor;
    let found = null, least = 24 ** 2;
    points.series.forEach((series) => {
      if (series.kind !== "points") return;
      series.values.forEach((y, at) => {
        if (y == null) return;
        const far = (plot.valToPos(points.x[at], "x") - left) ** 2 + (plot.valToPos(y, "y") - top) ** 2;
        if (far < least) [least, found] = [far, at];
      });
    });
    return found;
  };

  const tip = (points, format, across) => {
    const plane = points.labels.length > 0;
    let box, on = null;
    return { hooks: {
      init: (plot) => { box = document.createElement("div"); box.className = "chart-tip"; box.hidden = true; plot.over.append(box);
        plot.over.addEventListener("click", () => { if (on != null && points.hrefs[on]) location.assign(points.hrefs[on]); });
      },
      setCursor: (plot) => {
        const { left, top } = plot.cursor;
        const idx = on = plane ? nearest(plot, points) : plot.cursor.idx;
        box.hidden = idx == null || left < 0;
        plot.over.style.cursor = plane && !box.hidden && points.hrefs[idx] ? "pointer" : "";
        if (box.hidden) return;
        const x = points.byNumber ? across.format(points.x[idx]) : points.x[idx];
        const rows = plane ? [points.labels[idx], [points.xName, x]] : [x];
        points.series.forEach((series, at) => {
          if (series.values[idx] != null) rows.push([points.names[at], format.format(series.values[idx])]);
        });
        box.replaceChildren(...rows.map((row) => {
          const line = document.createElement("div");
          [row].flat().forEach((text) => { const part = document.createElement("span"); part.textContent = text; line.append(part); });
          return line;
        }));
        const room = plot.over.clientWidth - box.offsetWidth - 12;
        box.style.left = `${Math.max(0, Math.min(left + 12, room))}px`;
        box.style.top = `${Math.max(0, top - 40)}px`;
      },
    } };
  };

  const drawn = (series, name) => {
    const stroke = colour(series.colour);
    const shape = { label: name, stroke, width: 2, points: { show: false } };
    if (series.kind === "bars") Object.assign(shape, { fill: stroke, width: 0, paths: uPlot.paths.bars({ size: [0.7, 48], radius: 0.15 }) });
    if (series.kind === "points") Object.assign(shape, { paths: () => null, points: { show: true, size: 7, fill: stroke } });
    if (series.kind === "area") shape.fill = `color-mix(in srgb, ${stroke} 18%, transparent)`;
    return shape;
  };

  const draw = (figure, points) => {
    const place = figure.querySelector(".chart-place");
    place.replaceChildren();
    const format = written(figure.dataset.unit), across = written(figure.dataset.xUnit);
    const x = points.byNumber ? points.x : points.x.map((_, at) => at);
    const axis = { stroke: token("soft"), font: `12px ${token("sans")}`, grid: { stroke: token("line"), width: 1 }, ticks: { show: false } };
    const between = points.byNumber ? { values: (_, splits) => splits.map((at) => across.format(at)), space: 80 } : {
      values: (_, splits) => splits.map((at) => (Number.isInteger(at) ? points.x[at] ?? "" : "")),
      space: Math.max(70, Math.max(...points.x.map(length)) + 14),
      incrs: [1, 2, 3, 5, 7, 10, 14, 30, 50, 60, 100, 200, 500],
    };
    const bars = points.series.some((series) => series.kind === "bars");
    const edge = points.byNumber ? undefined : [bars ? -0.6 : 0, Math.max(1, points.x.length - 1) + (bars ? 0.6 : 0)];
    new uPlot({
      width: Math.max(200, place.clientWidth),
      height: Number(figure.dataset.height),
      scales: { x: { time: false, range: edge }, y: { range: (_, low, high) => uPlot.rangeNum(Math.min(0, low), high || 1, 0.1, true) } },
      axes: [{ ...axis, ...between, size: 32, grid: { show: false } }, { ...axis, size: 64, values: (_, splits) => splits.map((at) => format.format(at)) }],
      cursor: { y: false, points: points.labels.length ? { show: false } : { size: 7 }, drag: { x: false, y: false } },
      legend: { show: false },
      series: [{}, ...points.series.map((series, at) => drawn(series, points.names[at]))],
      plugins: [tip(points, format, across)],
    }, [x, ...points.series.map((series) => series.values)], place);
  };

  const start = async (figure) => {
    if (figure.dataset.drawn) return;
    figure.dataset.drawn = "yes";
    const points = figure.dataset.url
      ? await (await fetch(figure.dataset.url)).json()
      : JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    if (!points.x.length) return;
    let width = 0;
    // A chart is drawn anew when its room or the page's colours change.
    new ResizeObserver(() => {
      const now = figure.clientWidth;
      if (now && now !== width) { width = now; draw(figure, points); }
    }).observe(figure);
    new MutationObserver(() => draw(figure, points)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(figure, points));
  };

  const settle = (root) => root.querySelectorAll("[data-chart]").forEach(start);
  document.addEventListener("htmx:afterSettle", (event) => settle(event.detail.elt));
  settle(document);
})();
