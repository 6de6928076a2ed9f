// The map machine: MapLibre behind the few verbs that the page needs.
import { Map as MapGl, Marker, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import type { GeoJSONSource, PointLike } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { District } from '../lib/types';
import type { Language } from '../lib/words.svelte';
import { addMarks } from './images';
import { palette } from './palette';
import { CLUSTER_FROM, type Drawn, mapStyle } from './style';

setWorkerUrl(workerUrl);

const FINGER_PX = 9;
const FLASH_MS = 1600;
const MANY_DRAW_MS = 2000;
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

export interface Watcher { point(id: string | null): void; choose(id: string): void; ready(): void }
type Mood = 'pointed' | 'chosen';

export class DistrictMap {
  readonly gl: MapGl;
  private moods: Record<Mood, string | null> = { pointed: null, chosen: null };
  private circle = NOTHING;
  private staffedShown = true;
  private drawTimer = 0;

  constructor(box: HTMLElement, private district: District, private drawn: Drawn, language: Language, to: Watcher) {
    const [west, south, east, north] = district.bounds;
    this.gl = new MapGl({
      container: box,
      style: mapStyle(drawn, palette(), language),
      bounds: [west, south, east, north],
      fitBoundsOptions: { padding: 28 },
      attributionControl: false,
      dragRotate: false, pitchWithRotate: false, touchPitch: false,
      minZoom: 8, maxZoom: 18,
      fadeDuration: 120,
    });
    this.gl.touchZoomRotate.disableRotation();
    this.gl.addControl(new ScaleControl({ maxWidth: 90 }), 'bottom-right');
    this.gl.on('style.load', () => this.dressed());
    this.gl.once('load', () => to.ready());
    this.gl.on('mousemove', (event) => {
      const found = this.at(event.point, 3);
      this.gl.getCanvas().style.cursor = found ? 'pointer' : '';
      to.point(found);
    });
    this.gl.on('mouseout', () => to.point(null));
    this.gl.on('click', (event) => {
      const found = this.at(event.point, FINGER_PX);
      if (found) to.choose(found);
      else this.open(event.point);
    });
  }

  /** Everything that a new style has forgotten. */
  private dressed(): void {
    addMarks(this.gl, palette());
    this.showKiosks(this.drawn.kiosks);
    this.showStaffed(this.staffedShown);
    this.showCircle(this.circle);
    for (const mood of ['pointed', 'chosen'] as const) this.mark(mood, this.moods[mood]);
  }

  private at(point: { x: number; y: number }, around: number): string | null {
    if (!this.gl.getLayer('kiosks')) return null;
    const box: [PointLike, PointLike] = [[point.x - around, point.y - around], [point.x + around, point.y + around]];
    const found = this.gl.queryRenderedFeatures(box, { layers: ['kiosks'] })[0];
    return (found?.properties['id'] as string | undefined) ?? null;
  }

  private open(point: PointLike): void {
    const cluster = this.gl.queryRenderedFeatures(point, { layers: ['clusters'] })[0];
    if (cluster?.geometry.type !== 'Point') return;
    const [lon = 0, lat = 0] = cluster.geometry.coordinates;
    this.gl.easeTo({ center: [lon, lat], zoom: this.gl.getZoom() + 2 });
  }

  private source(name: string): GeoJSONSource | undefined {
    return this.gl.getSource(name);
  }

  wear(language: Language): void {
    this.gl.setStyle(mapStyle(this.drawn, palette(), language), { diff: false });
  }

  /** Draws kiosks anew: a district's at once, a whole city's at most every other second. */
  showKiosks(kiosks: GeoJSON.FeatureCollection): void {
    this.drawn = { ...this.drawn, kiosks };
    if (this.drawTimer) return;
    const draw = (): void => {
      this.drawTimer = 0;
      void this.source('kiosks')?.setData(this.drawn.kiosks);
    };
    if (kiosks.features.length <= CLUSTER_FROM) draw();
    else this.drawTimer = window.setTimeout(draw, MANY_DRAW_MS);
  }

  showStaffed(shown: boolean): void {
    this.staffedShown = shown;
    if (this.gl.getLayer('staffed')) this.gl.setLayoutProperty('staffed', 'visibility', shown ? 'visible' : 'none');
  }

  showCircle(circle: GeoJSON.FeatureCollection | null): void {
    this.circle = circle ?? NOTHING;
    void this.source('circle')?.setData(this.circle);
  }

  mark(mood: Mood, id: string | null): void {
    if (!this.source('kiosks')) return void (this.moods[mood] = id);
    const before = this.moods[mood];
    if (before) this.gl.setFeatureState({ source: 'kiosks', id: before }, { [mood]: false });
    if (id) this.gl.setFeatureState({ source: 'kiosks', id }, { [mood]: true });
    this.moods[mood] = id;
  }

  flyTo(lon: number, lat: number, rightPx: number): void {
    const zoom = Math.max(this.gl.getZoom(), 13.6);
    this.gl.flyTo({ center: [lon, lat], zoom, padding: { top: 0, left: 0, bottom: 0, right: rightPx }, speed: 1.6, maxDuration: 1200 });
  }

  whole(): void {
    const [west, south, east, north] = this.district.bounds;
    this.gl.setPadding({ top: 0, left: 0, bottom: 0, right: 0 });
    this.gl.fitBounds([[west, south], [east, north]], { padding: 28 });
  }

  zoomBy(step: number): void {
    this.gl.zoomTo(this.gl.getZoom() + step);
  }

  /** A ring that spreads once where a kiosk has just changed. */
  flash(lon: number, lat: number, colour: string): void {
    const ring = document.createElement('div');
    ring.className = 'map-flash';
    ring.style.setProperty('--flash', colour);
    ring.append(document.createElement('i'));
    const marker = new Marker({ element: ring }).setLngLat([lon, lat]).addTo(this.gl);
    setTimeout(() => marker.remove(), FLASH_MS);
  }

  /** The state a kiosk has in what is drawn now, for tests. */
  kioskState(id: string): string | null {
    const found = this.gl.querySourceFeatures('kiosks', { filter: ['==', ['get', 'id'], id] })[0];
    return (found?.properties['state'] as string | undefined) ?? null;
  }

  remove(): void {
    clearTimeout(this.drawTimer);
    this.gl.remove();
  }
}
