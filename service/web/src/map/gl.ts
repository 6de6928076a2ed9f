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
const KIOSKS = ['kiosks', 'outlets-then'];
const FLASH_MS = 1600;
const MANY_DRAW_MS = 2000;
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

export interface Watcher {
  point(id: string | null): void; choose(id: string): void; ready(): void;
  /** The community that is pointed at, where communities are shaded. */
  community(id: string | null): void;
}
/** The circle of an item: who stands how, from where one walks to what has it, and kiosks of then. */
export interface CircleDrawn {
  communities: GeoJSON.FeatureCollection; area: GeoJSON.GeoJSON; outlets: GeoJSON.FeatureCollection | null;
}
type Mood = 'pointed' | 'chosen';

export class DistrictMap {
  readonly gl: MapGl;
  private moods: Record<Mood, string | null> = { pointed: null, chosen: null };
  private circle: GeoJSON.GeoJSON = NOTHING;
  private layer: CircleDrawn | null = null;
  private staffedShown = true;
  private leftPx = 0;
  private markedCommunity = '';
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
      const found = this.at(event.point, 3, ...KIOSKS);
      this.gl.getCanvas().style.cursor = found ? 'pointer' : '';
      to.point(found);
      to.community(found ? null : this.at(event.point, 1, 'standings'));
    });
    this.gl.on('mouseout', () => {
      to.point(null);
      to.community(null);
    });
    this.gl.on('click', (event) => {
      const found = this.at(event.point, FINGER_PX, ...KIOSKS);
      if (found) to.choose(found);
      else if (!this.open(event.point)) to.community(this.at(event.point, FINGER_PX, 'standings'));
    });
  }

  /** Everything that a new style has forgotten. */
  private dressed(): void {
    addMarks(this.gl, palette());
    this.showKiosks(this.drawn.kiosks);
    this.showStaffed(this.staffedShown);
    this.showCircle(this.circle);
    this.showLayer(this.layer);
    this.markCommunity(this.markedCommunity);
    for (const mood of ['pointed', 'chosen'] as const) this.mark(mood, this.moods[mood]);
  }

  private at(point: { x: number; y: number }, around: number, ...layers: string[]): string | null {
    if (!this.gl.getLayer('kiosks')) return null;
    const box: [PointLike, PointLike] = [[point.x - around, point.y - around], [point.x + around, point.y + around]];
    const found = this.gl.queryRenderedFeatures(box, { layers })[0];
    return (found?.properties['id'] as string | undefined) ?? null;
  }

  private open(point: PointLike): boolean {
    const cluster = this.gl.queryRenderedFeatures(point, { layers: ['clusters'] })[0];
    if (cluster?.geometry.type !== 'Point') return false;
    const [lon = 0, lat = 0] = cluster.geometry.coordinates;
    this.gl.easeTo({ center: [lon, lat], zoom: this.gl.getZoom() + 2 });
    return true;
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
    this.see(['staffed'], shown);
  }

  showCircle(circle: GeoJSON.GeoJSON | null): void {
    this.circle = circle ?? NOTHING;
    void this.source('circle')?.setData(this.circle);
  }

  /** Shades communities by how they stand; with nothing, they are plain discs again. */
  showLayer(layer: CircleDrawn | null): void {
    this.layer = layer;
    void this.source('standings')?.setData(layer?.communities ?? NOTHING);
    void this.source('reach')?.setData(layer?.area ?? NOTHING);
    void this.source('outlets-then')?.setData(layer?.outlets ?? NOTHING);
    this.see(['communities'], !layer);
    this.see(['kiosk-frames'], Boolean(layer) && !layer?.outlets);
    // The marks tell of today.
    this.see(['kiosks', 'clusters', 'cluster-counts'], !layer?.outlets);
  }

  /** Rings one of the shaded communities. */
  markCommunity(id: string | null): void {
    this.markedCommunity = id ?? '';
    if (this.gl.getLayer('standing-chosen')) {
      this.gl.setFilter('standing-chosen', ['==', ['get', 'id'], this.markedCommunity]);
    }
  }

  private see(layers: string[], shown: boolean): void {
    for (const name of layers) {
      if (this.gl.getLayer(name)) this.gl.setLayoutProperty(name, 'visibility', shown ? 'visible' : 'none');
    }
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
    this.gl.flyTo({ center: [lon, lat], zoom, padding: { top: 0, left: this.leftPx, bottom: 0, right: rightPx }, speed: 1.6, maxDuration: 1200 });
  }

  whole(): void {
    const [west, south, east, north] = this.district.bounds;
    this.gl.setPadding({ top: 0, left: this.leftPx, bottom: 0, right: 0 });
    this.gl.fitBounds([[west, south], [east, north]], { padding: 28 });
  }

  /** Leaves room on the left, where figures stand over the map. */
  giveWay(leftPx: number): void {
    this.leftPx = leftPx;
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

  /** How a community stands in what is drawn now, for tests. */
  communityStanding(id: string): string | null {
    const found = this.gl.querySourceFeatures('standings', { filter: ['==', ['get', 'id'], id] })[0];
    return (found?.properties['shown'] as string | undefined) ?? null;
  }

  remove(): void {
    clearTimeout(this.drawTimer);
    this.gl.remove();
  }
}
