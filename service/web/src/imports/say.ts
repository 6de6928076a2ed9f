// Words of imports: kinds of file, coordinate systems.
import { lang, t } from '../lib/words.svelte';
import type { Crs, Kind, Words } from './types';

export const KINDS: readonly Kind[] = ['demand', 'outlets', 'streets'];
export const SYSTEMS: readonly Crs[] = ['wgs84', 'gcj02', 'bd09'];
export const ENDINGS: Record<Kind, string> = {
  demand: '.csv,.xlsx,.geojson,.json', outlets: '.csv,.xlsx,.geojson,.json', streets: '.pbf,.osm,.xml,.bz2,.gz',
};

export function kindWord(kind: Kind): string {
  switch (kind) {
    case 'demand': return t('Communities');
    case 'outlets': return t('Outlets');
    case 'streets': return t('Streets');
  }
}

export function kindMeaning(kind: Kind): string {
  switch (kind) {
    case 'demand': return t('where people of childbearing age live, and how many: CSV, XLSX or GeoJSON');
    case 'outlets': return t('kiosks, staffed points, paid outlets and delivery bases: CSV, XLSX or GeoJSON');
    case 'streets': return t('what one can walk on: OpenStreetMap, PBF or XML');
  }
}

export function systemWord(crs: Crs): string {
  switch (crs) {
    case 'wgs84': return t('WGS-84');
    case 'gcj02': return t('GCJ-02');
    case 'bd09': return t('BD-09');
  }
}

export function systemMeaning(crs: Crs): string {
  switch (crs) {
    case 'wgs84': return t('GPS, OpenStreetMap');
    case 'gcj02': return t('Amap, Tencent maps');
    case 'bd09': return t('Baidu maps');
  }
}

export function inWords(words: Words): string {
  return words[lang.current] || words.en;
}
