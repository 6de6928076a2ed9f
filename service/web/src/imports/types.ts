// What the service answers about files that are taken in: one to one with /api/v1/imports.
export type Kind = 'streets' | 'demand' | 'outlets';
export type Crs = 'wgs84' | 'gcj02' | 'bd09';
export interface Words { zh: string; en: string }
export interface Report {
  rows: number; people: number; off_street: number; outside: number;
  added: number; changed: number; unchanged: number; removed: number; skipped: number;
  is_known: boolean; likely_crs: Crs | null; warnings: Words[];
}
export interface RowError { row: number; column: string; why_zh: string; why_en: string }
export interface Refusal { rows?: RowError[]; more?: boolean }
export interface Imported {
  id: number; kind: Kind; file_name: string; digest: string; crs: Crs; at: string; report: Report;
}
export interface Wish { kind: Kind; crs: Crs; file: File; replace: boolean }
