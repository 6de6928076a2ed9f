// The map's style, in code: our own GeoJSON, no tiles, glyphs or sprites from anywhere.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Language } from '../lib/words.svelte';
import type { MapBase } from '../lib/types';
import { outletsThen, reachLayers, standingLayers } from './circleStyle';
import { nameFeatures } from './data';
import type { Palette } from './palette';

export const CLUSTER_FROM = 500;
const FONT = ['system-ui', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'sans-serif'];
const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

type Expression = ['==', ...unknown[]];
const layerIs = (name: string): Expression => ['==', ['get', 'layer'], name];
/** Grows a width with the zoom, as streets do on paper maps. */
function byZoom(far: number, near: number): unknown {
  return ['interpolate', ['exponential', 1.6], ['zoom'], 10, far, 16, near];
}

export interface Drawn { base: MapBase; staffed: GeoJSON.FeatureCollection; kiosks: GeoJSON.FeatureCollection }

export function mapStyle(drawn: Drawn, colours: Palette, language: Language): StyleSpecification {
  const many = drawn.kiosks.features.length > CLUSTER_FROM;
  const geojson = (data: unknown, more: object = {}): SourceSpecification =>
    ({ type: 'geojson', data, ...more }) as SourceSpecification;
  return {
    version: 8,
    sources: {
      base: geojson(drawn.base),
      names: geojson(nameFeatures(drawn.base)),
      staffed: geojson(drawn.staffed),
      circle: geojson(EMPTY),
      reach: geojson(EMPTY),
      standings: geojson(EMPTY),
      'outlets-then': geojson(EMPTY),
      kiosks: geojson(drawn.kiosks, {
        promoteId: 'id', cluster: many, clusterRadius: 36, clusterMaxZoom: 13,
        clusterProperties: { wrong: ['+', ['case', ['==', ['get', 'state'], 'available'], 0, 1]] },
      }),
    },
    layers: [
      ...ground(colours), ...ways(colours), ...reachLayers(colours), ...people(colours),
      ...standingLayers(colours), ...circle(colours), ...labels(colours, language), ...kiosks(colours, language), ...outletsThen(colours),
    ] as LayerSpecification[],
  };
}

function ground(c: Palette): object[] {
  return [
    { id: 'outside', type: 'background', paint: { 'background-color': c.outside } },
    { id: 'land', type: 'fill', source: 'base', filter: layerIs('boundary'), paint: { 'fill-color': c.land } },
    { id: 'town-edges', type: 'line', source: 'base', filter: ['all', layerIs('town'), ['==', ['geometry-type'], 'Polygon']], paint: { 'line-color': c.boundary, 'line-width': 0.8, 'line-opacity': 0.45, 'line-dasharray': [2, 2.5] } },
    { id: 'water-area', type: 'fill', source: 'base', filter: ['all', layerIs('water'), ['==', ['geometry-type'], 'Polygon']], paint: { 'fill-color': c.water } },
    { id: 'river', type: 'line', source: 'base', filter: ['all', layerIs('water'), ['==', ['geometry-type'], 'LineString']], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': c.water, 'line-width': byZoom(4, 60) } },
  ];
}

function ways(c: Palette): object[] {
  const street = (id: string, of: string, colour: string, far: number, near: number): object => ({
    id, type: 'line', source: 'base',
    filter: ['all', layerIs('street'), ['==', ['get', 'class'], of]],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': colour, 'line-width': byZoom(far, near) },
  });
  const rail = { type: 'line', source: 'base', filter: layerIs('railway') };
  return [
    { ...street('paths', 'path', c.path, 0.4, 3), minzoom: 12 },
    street('locals', 'local', c.local, 0.6, 9),
    street('mains', 'main', c.main, 1.4, 17),
    { id: 'bridges', type: 'line', source: 'base', filter: layerIs('bridge'), paint: { 'line-color': c.main, 'line-width': byZoom(1.8, 19) } },
    { id: 'rail', ...rail, paint: { 'line-color': c.railway, 'line-width': byZoom(1.6, 6) } },
    { id: 'rail-gap', ...rail, paint: { 'line-color': c.railwayGap, 'line-width': byZoom(0.8, 4), 'line-dasharray': [4, 4] } },
    { id: 'boundary', type: 'line', source: 'base', filter: layerIs('boundary'), layout: { 'line-join': 'round' }, paint: { 'line-color': c.boundary, 'line-width': 1.4, 'line-dasharray': [5, 2.5] } },
  ];
}

function people(c: Palette): object[] {
  return [
    {
      id: 'communities', type: 'circle', source: 'base', filter: layerIs('community'),
      paint: {
        'circle-color': c.community, 'circle-opacity': c.dark ? 0.2 : 0.16,
        'circle-radius': ['interpolate', ['exponential', 1.6], ['zoom'],
          10, ['*', 0.06, ['sqrt', ['get', 'people']]], 16, ['*', 0.9, ['sqrt', ['get', 'people']]]],
      },
    },
    {
      id: 'staffed', type: 'circle', source: 'staffed',
      paint: {
        'circle-color': c.land, 'circle-stroke-color': c.staffed, 'circle-stroke-width': 1.3,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 1.4, 15, 4],
      },
    },
  ];
}

function circle(c: Palette): object[] {
  return [
    { id: 'circle-fill', type: 'fill', source: 'circle', paint: { 'fill-color': c.accent, 'fill-opacity': 0.1 } },
    { id: 'circle-line', type: 'line', source: 'circle', paint: { 'line-color': c.accent, 'line-width': 1.6, 'line-dasharray': [2, 2] } },
  ];
}

function labels(c: Palette, language: Language): object[] {
  const name = ['coalesce', ['get', `name_${language}`], ['get', 'name_zh']];
  const text = (size: number): object => ({
    'text-field': name, 'text-font': FONT, 'text-size': size, 'text-max-width': 9,
  });
  return [
    {
      id: 'community-names', type: 'symbol', source: 'base', filter: layerIs('community'), minzoom: 14,
      layout: text(11), paint: { 'text-color': c.labelQuiet, 'text-halo-color': c.halo, 'text-halo-width': 1.4 },
    },
    {
      id: 'street-names', type: 'symbol', source: 'base', minzoom: 13.5,
      filter: ['all', layerIs('street'), ['==', ['get', 'class'], 'main']],
      layout: { ...text(11), 'symbol-placement': 'line', 'symbol-spacing': 420, 'text-max-angle': 30 },
      paint: { 'text-color': c.labelQuiet, 'text-halo-color': c.halo, 'text-halo-width': 1.4 },
    },
    {
      id: 'water-names', type: 'symbol', source: 'names', filter: layerIs('water'), minzoom: 12,
      layout: { ...text(12), 'text-letter-spacing': 0.15 },
      paint: { 'text-color': c.waterLabel, 'text-halo-color': c.water, 'text-halo-width': 1 },
    },
    {
      id: 'town-names', type: 'symbol', source: 'names', filter: layerIs('town'),
      layout: { ...text(14), 'text-letter-spacing': language === 'zh' ? 0.12 : 0.04 },
      paint: { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.8 },
    },
  ];
}

function kiosks(c: Palette, language: Language): object[] {
  const single = ['!', ['has', 'point_count']];
  const calm = ['match', ['get', 'state'], ['available'], 0.62, 0.9];
  return [
    { id: 'clusters', type: 'circle', source: 'kiosks', filter: ['has', 'point_count'], paint: { 'circle-color': c.accent, 'circle-opacity': 0.85, 'circle-stroke-color': ['case', ['>', ['get', 'wrong'], 0], c.state.empty, c.halo], 'circle-stroke-width': 2.5, 'circle-radius': ['interpolate', ['linear'], ['get', 'point_count'], 2, 14, 500, 28] } },
    { id: 'cluster-counts', type: 'symbol', source: 'kiosks', filter: ['has', 'point_count'], layout: { 'text-field': ['case', ['>', ['get', 'wrong'], 0], ['concat', ['get', 'wrong'], '/', ['get', 'point_count_abbreviated']], ['get', 'point_count_abbreviated']], 'text-font': FONT, 'text-size': 11 }, paint: { 'text-color': c.signInk } },
    {
      id: 'kiosk-frames', type: 'circle', source: 'kiosks', filter: single, layout: { visibility: 'none' },
      paint: {
        'circle-color': c.halo, 'circle-stroke-color': c.label, 'circle-stroke-width': 1.2,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 6.5, 13, 9, 16, 15],
      },
    },
    {
      id: 'kiosk-rings', type: 'circle', source: 'kiosks', filter: single,
      paint: {
        'circle-radius': 17, 'circle-color': c.accent,
        'circle-opacity': ['case', ['boolean', ['feature-state', 'chosen'], false], 0.22, ['boolean', ['feature-state', 'pointed'], false], 0.14, 0],
        'circle-stroke-color': c.accent, 'circle-stroke-width': 2,
        'circle-stroke-opacity': ['case', ['boolean', ['feature-state', 'chosen'], false], 1, ['boolean', ['feature-state', 'pointed'], false], 0.7, 0],
      },
    },
    {
      id: 'kiosks', type: 'symbol', source: 'kiosks', filter: single,
      layout: {
        'icon-image': ['get', 'state'], 'icon-allow-overlap': true, 'icon-ignore-placement': true,
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, ['*', 0.7, calm], 13, calm, 16, ['*', 1.15, calm]],
        'symbol-sort-key': ['get', 'urgency'],
      },
    },
    {
      id: 'kiosk-names', type: 'symbol', source: 'kiosks', filter: single, minzoom: 13.5,
      layout: {
        'text-field': ['get', `name_${language}`], 'text-font': FONT, 'text-size': 11.5,
        'text-anchor': 'top', 'text-offset': [0, 1.15], 'text-max-width': 10, 'text-optional': true,
        'symbol-sort-key': ['-', 0, ['get', 'urgency']],
      },
      paint: { 'text-color': c.label, 'text-halo-color': c.halo, 'text-halo-width': 1.6 },
    },
  ];
}
