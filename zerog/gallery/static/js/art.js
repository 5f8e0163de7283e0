// A picture for each agent, drawn from its data hash: the same data, the same picture.

import { fromHex } from "./bytes.js";
import { svg } from "./dom.js";

const SIZE = 240;

const polar = (radius, turn) => [
  (SIZE / 2 + radius * Math.cos(turn * 2 * Math.PI)).toFixed(1),
  (SIZE / 2 + radius * Math.sin(turn * 2 * Math.PI)).toFixed(1),
];

/** A closed smooth ring through eight points whose radii the bytes give. */
function ring(bytes, base, swing) {
  const points = Array.from(bytes, (byte, at) => polar(base + (byte / 255 - 0.5) * swing, at / bytes.length));
  const middle = (one, two) => [(Number(one[0]) + Number(two[0])) / 2, (Number(one[1]) + Number(two[1])) / 2].map((n) => n.toFixed(1));
  const start = middle(points.at(-1), points[0]);
  const curves = points.map((point, at) => `Q${point} ${middle(point, points[(at + 1) % points.length])}`);
  return `M${start}${curves.join("")}Z`;
}

export function art(dataHash, label) {
  const bytes = dataHash ? fromHex(dataHash) : new Uint8Array(32);
  const hue = Math.round((bytes[0] * 360) / 256);
  const second = (hue + 25 + (bytes[1] % 60)) % 360;
  const lines = [];
  for (let step = 0; step < 9; step += 1) {
    const part = Uint8Array.from({ length: 8 }, (_, at) => bytes[(step + at * 3 + 2) % 32]);
    const radius = 22 + step * 10.5;
    const light = 34 + step * 5;
    const stroke = `hsl(${step % 2 ? second : hue} 38% ${light}%)`;
    lines.push(svg("path", { d: ring(part, radius, 26), fill: "none", stroke, "stroke-width": 1.9, opacity: 1 - step * 0.07 }));
  }
  const [x, y] = polar(8 + bytes[30] / 16, bytes[31] / 256);
  return svg(
    "svg",
    { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "art", preserveAspectRatio: "xMidYMid slice", role: "img", "aria-label": label },
    svg("rect", { width: SIZE, height: SIZE, fill: `hsl(${hue} 30% 92%)` }),
    ...lines.reverse(),
    svg("circle", { cx: x, cy: y, r: 9, fill: `hsl(${second} 45% 32%)` }),
  );
}
