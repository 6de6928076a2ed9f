// How the circle of an item is drawn: the area of what is in reach, and communities by standing.
import { SHOWN } from '../circle/standing';
import type { Palette } from './palette';

/** The larger, the more people live there: as the plain discs of communities. */
const BY_PEOPLE = ['interpolate', ['exponential', 1.6], ['zoom'],
  10, ['max', 2, ['*', 0.08, ['sqrt', ['get', 'people']]]],
  16, ['max', 6, ['*', 0.7, ['sqrt', ['get', 'people']]]]];

/** From afar the area is seen by its colour, from near by its edge: the streets show through. */
function byZoom(far: number, near: number): unknown[] {
  return ['interpolate', ['linear'], ['zoom'], 11, far, 15, near];
}

export function reachLayers(c: Palette): object[] {
  return [
    { id: 'reach-fill', type: 'fill', source: 'reach', paint: { 'fill-color': c.standing.covered, 'fill-opacity': byZoom(0.28, 0.16) } },
    { id: 'reach-line', type: 'line', source: 'reach', layout: { 'line-join': 'round' }, paint: { 'line-color': c.standing.covered, 'line-width': byZoom(0.5, 1.2), 'line-opacity': byZoom(0.35, 0.7) } },
  ];
}

function byStanding(c: Palette): unknown[] {
  return ['match', ['get', 'shown'], ...SHOWN.flatMap((shown) => [shown, c.standing[shown]]), c.standing.never];
}

export function standingLayers(c: Palette): object[] {
  return [
    {
      id: 'standings', type: 'circle', source: 'standings',
      paint: {
        'circle-color': byStanding(c), 'circle-opacity': 0.9, 'circle-radius': BY_PEOPLE,
        'circle-stroke-color': ['match', ['get', 'shown'], 'never', c.labelQuiet, c.halo],
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 11, 0.6, 15, 1.3],
      },
      layout: { 'circle-sort-key': ['-', 0, ['get', 'people']] },
    },
    {
      id: 'standing-chosen', type: 'circle', source: 'standings', filter: ['==', ['get', 'id'], ''],
      paint: {
        'circle-color': c.accent, 'circle-opacity': 0, 'circle-radius': 20,
        'circle-stroke-color': c.accent, 'circle-stroke-width': 2.5,
      },
    },
  ];
}

/** Kiosks as they stood at a past moment, in the place of their marks of today. */
export function outletsThen(c: Palette): object[] {
  return [
    {
      id: 'outlets-then', type: 'circle', source: 'outlets-then',
      paint: {
        'circle-color': byStanding(c), 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 4, 15, 8],
        'circle-stroke-color': c.label, 'circle-stroke-width': 2,
      },
    },
  ];
}
