// Draws the marks of the states for the map, from the same paths as the list's.
import type { Map as MapGl } from 'maplibre-gl';
import { MARKS, STATES } from '../lib/marks';
import type { Palette } from './palette';

const BOX = 24;
const SHOWN_PX = 26;
const EDGE = 2.6;

export function addMarks(map: MapGl, colours: Palette): void {
  const ratio = Math.max(2, Math.ceil(devicePixelRatio));
  for (const state of STATES) {
    const image = draw(state, colours, SHOWN_PX * ratio);
    if (map.hasImage(state)) map.removeImage(state);
    map.addImage(state, image, { pixelRatio: ratio });
  }
}

function draw(state: (typeof STATES)[number], colours: Palette, sidePx: number): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = sidePx;
  const ink = canvas.getContext('2d');
  if (!ink) throw new Error('this browser gives no 2D canvas');
  const mark = MARKS[state];
  const shape = new Path2D(mark.shape);
  const scale = sidePx / (BOX + 2 * EDGE);
  ink.scale(scale, scale);
  ink.translate(EDGE, EDGE);
  ink.lineJoin = ink.lineCap = 'round';
  // A rim in the colour of the land keeps the mark readable on streets and on other marks.
  ink.strokeStyle = colours.halo;
  ink.lineWidth = 2 * EDGE - 1.2;
  ink.stroke(shape);
  ink.fillStyle = mark.hollow ? colours.halo : colours.state[state];
  ink.fill(shape);
  if (mark.hollow) {
    ink.strokeStyle = colours.state[state];
    ink.lineWidth = 2.4;
    ink.stroke(shape);
  }
  ink.strokeStyle = mark.hollow ? colours.state[state] : colours.signInk;
  ink.lineWidth = 2.3;
  ink.stroke(new Path2D(mark.sign));
  return ink.getImageData(0, 0, sidePx, sidePx);
}
