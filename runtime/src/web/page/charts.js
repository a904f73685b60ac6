import uPlot from 'uplot';
import { ofPage } from './colours.js';
import { $ } from './dom.js';
import { clock } from './format.js';

const HEIGHT = 140;
const FONT = '11px system-ui, sans-serif';

/** A chart of two lines over time, in a box of the page. */
class Chart {
  #box;
  #colours;
  #plot;
  #data = [[], [], []];

  constructor(id, colours) {
    this.#box = $(id);
    this.#colours = colours;
    new ResizeObserver(() => this.#resize()).observe(this.#box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#make());
  }

  show(data) {
    this.#data = data;
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData(data);
  }

  #resize() {
    if (this.#plot === undefined) this.#make();
    else this.#plot.setSize({ width: this.#box.clientWidth, height: HEIGHT });
  }

  #make() {
    if (this.#box.clientWidth === 0) return;
    this.#plot?.destroy();
    const quiet = ofPage('--quiet');
    const line = ofPage('--line');
    const axis = { stroke: quiet, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const whole = (_, values) =>
      values.map((value) => (Number.isInteger(value) ? value.toLocaleString('en') : ''));
    const options = {
      width: this.#box.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, __, most) => [0, Math.max(4, Math.ceil(most * 1.1))] } },
      axes: [
        { ...axis, space: 80, size: 24, values: (_, times) => times.map((time) => clock(time * 1_000)) },
        { ...axis, size: 46, space: 28, values: whole },
      ],
      series: [
        {},
        ...this.#colours.map((name, at) => ({
          stroke: ofPage(name),
          width: 1.5,
          fill: at === 0 ? `color-mix(in srgb, ${ofPage(name)} 14%, transparent)` : undefined,
          points: { show: false },
        })),
      ],
    };
    this.#plot = new uPlot(options, this.#data, this.#box);
  }
}

const load = new Chart('load', ['--c1', '--c2']);
const rate = new Chart('rate', ['--c3', '--c4']);

/** @param points time, waiting, running, answered, failed of each look */
export function showCharts(points) {
  const seconds = points.map(([at]) => at / 1_000);
  load.show([seconds, points.map(([, , running]) => running), points.map(([, waiting]) => waiting)]);
  const perSecond = (column) =>
    points.map((point, at) => {
      const before = points[at - 1];
      if (before === undefined) return null;
      return (1_000 * Math.max(0, point[column] - before[column])) / Math.max(1, point[0] - before[0]);
    });
  rate.show([seconds, perSecond(3), perSecond(4)]);
}
