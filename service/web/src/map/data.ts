// Turns kiosks and sites into what the map draws.
import type { KioskSummary, MapBase, Site } from '../lib/types';

const EARTH_M_PER_DEGREE = 111_320;
const CORNERS = 72;

function point(lon: number, lat: number, properties: Record<string, unknown>): GeoJSON.Feature {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties };
}

export function kioskFeatures(kiosks: KioskSummary[]): GeoJSON.FeatureCollection {
  const features = kiosks.map((kiosk) =>
    point(kiosk.lon, kiosk.lat, {
      id: kiosk.id, state: kiosk.state, urgency: kiosk.urgency,
      name_zh: kiosk.site_name_zh, name_en: kiosk.site_name_en,
    }));
  return { type: 'FeatureCollection', features };
}

export function staffedFeatures(sites: Site[]): GeoJSON.FeatureCollection {
  const features = sites
    .filter((site) => site.outlet === 'staffed')
    .map((site) => point(site.lon, site.lat, { name_zh: site.name_zh, name_en: site.name_en }));
  return { type: 'FeatureCollection', features };
}

/** The fifteen-minute circle around a place: the walk limit shortened by the detour factor. */
export function walkCircle(lon: number, lat: number, radiusM: number): GeoJSON.Feature {
  const perLon = EARTH_M_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: CORNERS + 1 }, (_, n) => {
    const angle = (2 * Math.PI * n) / CORNERS;
    return [
      lon + (radiusM * Math.cos(angle)) / perLon,
      lat + (radiusM * Math.sin(angle)) / EARTH_M_PER_DEGREE,
    ];
  });
  const geometry: GeoJSON.Polygon = { type: 'Polygon', coordinates: [ring] };
  return { type: 'Feature', geometry, properties: {} };
}

type Ring = GeoJSON.Position[];

function middleOf(ring: Ring): GeoJSON.Position {
  const [first = [0, 0]] = ring;
  const [east = 0, north = 0] = first;
  let area = 0;
  let x = 0;
  let y = 0;
  // Sums around the first corner, or the tiny areas drown in the large coordinates.
  ring.forEach(([lonA = 0, latA = 0], n) => {
    const [lonB = 0, latB = 0] = ring[(n + 1) % ring.length] ?? first;
    const cross = (lonA - east) * (latB - north) - (lonB - east) * (latA - north);
    area += cross / 2;
    x += ((lonA - east + lonB - east) * cross) / 6;
    y += ((latA - north + latB - north) * cross) / 6;
  });
  return area ? [east + x / area, north + y / area] : first;
}

/** Half-way down a river that is drawn as a band: between the middles of its two banks. */
function midstreamOf(ring: Ring): GeoJSON.Position {
  const [a = [0, 0], b = [0, 0]] = [ring[Math.floor(ring.length / 4)], ring[Math.floor((3 * ring.length) / 4)]];
  return [((a[0] ?? 0) + (b[0] ?? 0)) / 2, ((a[1] ?? 0) + (b[1] ?? 0)) / 2];
}

/** One point a town or water to write its name at; an area itself would be named once a tile. */
export function nameFeatures(base: MapBase): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = [];
  for (const { geometry, properties } of base.features) {
    const of = properties['layer'];
    if ((of !== 'town' && of !== 'water') || !properties['name_zh']) continue;
    const [ring] = geometry.type === 'Polygon' ? geometry.coordinates : [];
    const line = geometry.type === 'LineString' ? geometry.coordinates : [];
    const at = geometry.type === 'Point' ? geometry.coordinates
      : ring ? (of === 'town' ? middleOf(ring) : midstreamOf(ring))
      : line[Math.floor(line.length / 2)];
    if (at) features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties });
  }
  return { type: 'FeatureCollection', features };
}
