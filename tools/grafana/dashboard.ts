// What the house's dashboards are to Grafana: its own types, as they stand in JSON.

import type { AnnotationQuery, DataQuery, Dashboard, Panel, RowPanel } from '@grafana/schema';
import type { FieldConfig as StateField, Options as StateOptions } from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { FieldConfig as TableField, Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { FieldConfig as LineField, Options as LineOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** Enumerations are written as their texts in JSON, and defaults may be left out of what a panel overrides. */
export type Wire<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

/** What the Prometheus data source takes. */
interface Query extends DataQuery {
  datasource: { type: 'prometheus'; uid: string };
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  format: 'time_series' | 'table';
  editorMode: 'code';
}

/** Beside what every annotation has, the Prometheus data source reads how its marks are called. */
interface Annotation extends AnnotationQuery<DataQuery & { expr: string; interval: string }> {
  titleFormat: string;
  tagKeys: string;
}

type Shown<Type extends string, Options, Field> = Omit<Wire<Panel>, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Type;
  options: Wire<Options>;
  fieldConfig: Omit<Wire<NonNullable<Panel['fieldConfig']>>, 'defaults'> & {
    defaults: Omit<Wire<NonNullable<Panel['fieldConfig']>['defaults']>, 'custom'> & { custom: Wire<Field> };
  };
  targets: Wire<Query>[];
};

type AnyPanel =
  | Wire<RowPanel>
  | Shown<'timeseries', LineOptions, LineField>
  | Shown<'stat', StatOptions, Record<string, never>>
  | Shown<'state-timeline', StateOptions, StateField>
  | Shown<'table', TableOptions, TableField>;

export type HouseDashboard = Omit<Wire<Dashboard>, 'panels' | 'annotations'> & {
  panels: AnyPanel[];
  annotations: { list: Wire<Annotation>[] };
};
