BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('dc11669786a5');
CREATE TABLE "assessments" (
	assessment_id VARCHAR(50) NOT NULL, 
	trace_id VARCHAR(50) NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	assessment_type VARCHAR(20) NOT NULL, 
	value TEXT NOT NULL, 
	error TEXT, 
	created_timestamp BIGINT NOT NULL, 
	last_updated_timestamp BIGINT NOT NULL, 
	source_type VARCHAR(50) NOT NULL, 
	source_id VARCHAR(250), 
	run_id VARCHAR(32), 
	span_id VARCHAR(50), 
	rationale TEXT, 
	overrides VARCHAR(50), 
	valid BOOLEAN NOT NULL, 
	assessment_metadata TEXT, 
	experiment_id INTEGER, 
	trace_timestamp_ms BIGINT, 
	aggregate_value FLOAT, 
	is_numeric_value BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT assessments_pk PRIMARY KEY (assessment_id), 
	CONSTRAINT fk_assessments_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE budget_policies (
	budget_policy_id VARCHAR(36) NOT NULL, 
	budget_unit VARCHAR(32) NOT NULL, 
	budget_amount FLOAT NOT NULL, 
	duration_unit VARCHAR(32) NOT NULL, 
	duration_value INTEGER NOT NULL, 
	target_scope VARCHAR(32) NOT NULL, 
	budget_action VARCHAR(32) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, target_value VARCHAR(255), 
	CONSTRAINT budget_policies_pk PRIMARY KEY (budget_policy_id)
);
CREATE TABLE "datasets" (
	dataset_uuid VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	digest VARCHAR(36) NOT NULL, 
	dataset_source_type VARCHAR(36) NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_schema TEXT, 
	dataset_profile TEXT, 
	CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest), 
	CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "datasets" VALUES('e23db8ae52f8448ca7b11e11603caa3b',1,'synthetic','df9996c2325b','local','{"name": "synthetic", "digest": "df9996c2325bc046"}',NULL,NULL);
INSERT INTO "datasets" VALUES('6fb4c47a1b094815b1cc31185815d758',2,'synthetic','df9996c2325b','local','{"name": "synthetic", "digest": "df9996c2325bc046"}',NULL,NULL);
CREATE TABLE endpoint_bindings (
	endpoint_id VARCHAR(36) NOT NULL, 
	resource_type VARCHAR(50) NOT NULL, 
	resource_id VARCHAR(255) NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), display_name VARCHAR(255), 
	CONSTRAINT endpoint_bindings_pk PRIMARY KEY (endpoint_id, resource_type, resource_id), 
	CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE endpoint_model_mappings (
	mapping_id VARCHAR(36) NOT NULL, 
	endpoint_id VARCHAR(36) NOT NULL, 
	model_definition_id VARCHAR(36) NOT NULL, 
	weight FLOAT NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, linkage_type VARCHAR(64) DEFAULT 'PRIMARY' NOT NULL, fallback_order INTEGER, 
	CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id), 
	CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY(model_definition_id) REFERENCES model_definitions (model_definition_id)
);
CREATE TABLE endpoint_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	endpoint_id VARCHAR(36) NOT NULL, 
	CONSTRAINT endpoint_tag_pk PRIMARY KEY ("key", endpoint_id), 
	CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);
CREATE TABLE "endpoints" (
	endpoint_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255), 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	routing_strategy VARCHAR(64), 
	fallback_config_json TEXT, 
	experiment_id INTEGER, 
	usage_tracking BOOLEAN DEFAULT '0' NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT endpoints_pk PRIMARY KEY (endpoint_id), 
	CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE SET NULL, 
	CONSTRAINT uq_endpoints_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE entity_associations (
	association_id VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, 
	created_time BIGINT, 
	CONSTRAINT entity_associations_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
CREATE TABLE "evaluation_dataset_records" (
	dataset_record_id VARCHAR(36) NOT NULL, 
	dataset_id VARCHAR(36) NOT NULL, 
	inputs JSON NOT NULL, 
	expectations JSON, 
	tags JSON, 
	source JSON, 
	source_id VARCHAR(36), 
	source_type VARCHAR(255), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	input_hash VARCHAR(64) NOT NULL, outputs JSON, 
	CONSTRAINT evaluation_dataset_records_pk PRIMARY KEY (dataset_record_id), 
	CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE, 
	CONSTRAINT unique_dataset_input UNIQUE (dataset_id, input_hash)
);
CREATE TABLE evaluation_dataset_tags (
	dataset_id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, "key"), 
	CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY(dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);
CREATE TABLE "evaluation_datasets" (
	dataset_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	schema TEXT, 
	profile TEXT, 
	digest VARCHAR(64), 
	created_time BIGINT, 
	last_update_time BIGINT, 
	created_by VARCHAR(255), 
	last_updated_by VARCHAR(255), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
CREATE TABLE "experiment_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('mlflow.experimentKind','custom_model_development',1);
INSERT INTO "experiment_tags" VALUES('mlflow.note.content','Does dropout help a network of two units?',1);
INSERT INTO "experiment_tags" VALUES('mlflow.sharedViewState.trials','{"name": "Trials", "createdAt": 1795644018045, "state": "{\"startTime\":\"ALL\",\"lifecycleFilter\":\"Active\",\"modelVersionFilter\":\"All Runs\",\"datasetsFilter\":[],\"runsHiddenMode\":\"SHOW_ALL\",\"viewMaximized\":false,\"runListHidden\":false,\"isAccordionReordered\":true,\"hideEmptyCharts\":true,\"autoRefreshEnabled\":true,\"useGroupedValuesInCharts\":true,\"groupsExpanded\":{},\"searchFilter\":\"tags.kind = ''trial''\",\"orderByKey\":\"metrics.`best/valid_accuracy`\",\"orderByAsc\":false,\"selectedColumns\":[\"attributes.`Duration`\",\"metrics.`best/valid_accuracy`\",\"metrics.`best/epoch`\",\"tags.`outcome`\",\"params.`dropout`\",\"params.`lr`\",\"params.`hidden`\"],\"groupBy\":null,\"compareRunSections\":[{\"uuid\":\"study\",\"name\":\"Study\",\"display\":true,\"isReordered\":true,\"deleted\":false,\"isGenerated\":false}],\"compareRunCharts\":[{\"uuid\":\"chart-0\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"PARALLEL\",\"selectedParams\":[\"dropout\",\"lr\",\"hidden\"],\"selectedMetrics\":[\"best/valid_accuracy\"],\"showAllRuns\":true},{\"uuid\":\"chart-1\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/accuracy\",\"selectedMetricKeys\":[\"valid/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-2\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/accuracy\",\"selectedMetricKeys\":[\"train/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-3\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/loss\",\"selectedMetricKeys\":[\"valid/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-4\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/loss\",\"selectedMetricKeys\":[\"train/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-5\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"SCATTER\",\"xaxis\":{\"key\":\"dropout\",\"type\":\"PARAM\"},\"yaxis\":{\"key\":\"best/valid_accuracy\",\"type\":\"METRIC\"}},{\"uuid\":\"chart-6\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"SCATTER\",\"xaxis\":{\"key\":\"lr\",\"type\":\"PARAM\"},\"yaxis\":{\"key\":\"best/valid_accuracy\",\"type\":\"METRIC\"}},{\"uuid\":\"chart-7\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"SCATTER\",\"xaxis\":{\"key\":\"hidden\",\"type\":\"PARAM\"},\"yaxis\":{\"key\":\"best/valid_accuracy\",\"type\":\"METRIC\"}}]}"}',1);
INSERT INTO "experiment_tags" VALUES('mlflow.sharedViewState.arms','{"name": "none / dropout", "createdAt": 1795644018045, "state": "{\"startTime\":\"ALL\",\"lifecycleFilter\":\"Active\",\"modelVersionFilter\":\"All Runs\",\"datasetsFilter\":[],\"runsHiddenMode\":\"SHOW_ALL\",\"viewMaximized\":false,\"runListHidden\":false,\"isAccordionReordered\":true,\"hideEmptyCharts\":true,\"autoRefreshEnabled\":true,\"useGroupedValuesInCharts\":true,\"groupsExpanded\":{},\"searchFilter\":\"tags.kind = ''trial'' and attributes.status = ''FINISHED''\",\"orderByKey\":\"attributes.start_time\",\"orderByAsc\":false,\"selectedColumns\":[\"attributes.`Duration`\",\"metrics.`best/valid_accuracy`\",\"metrics.`best/epoch`\",\"tags.`outcome`\",\"params.`dropout`\",\"params.`lr`\",\"params.`hidden`\"],\"groupBy\":{\"aggregateFunction\":\"average\",\"groupByKeys\":[{\"mode\":\"tag\",\"groupByData\":\"arm\"}]},\"compareRunSections\":[{\"uuid\":\"study\",\"name\":\"Study\",\"display\":true,\"isReordered\":true,\"deleted\":false,\"isGenerated\":false}],\"compareRunCharts\":[{\"uuid\":\"chart-0\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/accuracy\",\"selectedMetricKeys\":[\"valid/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":0.06875,\"yMax\":0.225},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-1\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/accuracy\",\"selectedMetricKeys\":[\"train/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":0.09375,\"yMax\":0.23125},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-2\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/loss\",\"selectedMetricKeys\":[\"valid/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":2.10430494453758,\"yMax\":2.3965427234768866},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-3\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/loss\",\"selectedMetricKeys\":[\"train/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":1.946335252840072,\"yMax\":2.3310550794005396},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-4\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"BAR\",\"metricKey\":\"best/valid_accuracy\"}]}"}',1);
INSERT INTO "experiment_tags" VALUES('mlflow.experimentKind','custom_model_development',2);
INSERT INTO "experiment_tags" VALUES('mlflow.note.content','Does dropout help a network of one unit?',2);
INSERT INTO "experiment_tags" VALUES('mlflow.sharedViewState.trials','{"name": "Trials", "createdAt": 1795644045037, "state": "{\"startTime\":\"ALL\",\"lifecycleFilter\":\"Active\",\"modelVersionFilter\":\"All Runs\",\"datasetsFilter\":[],\"runsHiddenMode\":\"SHOW_ALL\",\"viewMaximized\":false,\"runListHidden\":false,\"isAccordionReordered\":true,\"hideEmptyCharts\":true,\"autoRefreshEnabled\":true,\"useGroupedValuesInCharts\":true,\"groupsExpanded\":{},\"searchFilter\":\"tags.kind = ''trial''\",\"orderByKey\":\"metrics.`best/valid_accuracy`\",\"orderByAsc\":false,\"selectedColumns\":[\"attributes.`Duration`\",\"metrics.`test/accuracy`\",\"metrics.`test_rotated/accuracy`\",\"metrics.`best/valid_accuracy`\",\"metrics.`best/epoch`\",\"tags.`outcome`\",\"params.`dropout`\"],\"groupBy\":null,\"compareRunSections\":[{\"uuid\":\"study\",\"name\":\"Study\",\"display\":true,\"isReordered\":true,\"deleted\":false,\"isGenerated\":false}],\"compareRunCharts\":[{\"uuid\":\"chart-0\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"PARALLEL\",\"selectedParams\":[\"dropout\"],\"selectedMetrics\":[\"best/valid_accuracy\"],\"showAllRuns\":true},{\"uuid\":\"chart-1\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/accuracy\",\"selectedMetricKeys\":[\"valid/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-2\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/accuracy\",\"selectedMetricKeys\":[\"train/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-3\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/loss\",\"selectedMetricKeys\":[\"valid/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-4\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/loss\",\"selectedMetricKeys\":[\"train/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-5\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"SCATTER\",\"xaxis\":{\"key\":\"dropout\",\"type\":\"PARAM\"},\"yaxis\":{\"key\":\"best/valid_accuracy\",\"type\":\"METRIC\"}}]}"}',2);
INSERT INTO "experiment_tags" VALUES('mlflow.sharedViewState.arms','{"name": "none / dropout", "createdAt": 1795644045037, "state": "{\"startTime\":\"ALL\",\"lifecycleFilter\":\"Active\",\"modelVersionFilter\":\"All Runs\",\"datasetsFilter\":[],\"runsHiddenMode\":\"SHOW_ALL\",\"viewMaximized\":false,\"runListHidden\":false,\"isAccordionReordered\":true,\"hideEmptyCharts\":true,\"autoRefreshEnabled\":true,\"useGroupedValuesInCharts\":true,\"groupsExpanded\":{},\"searchFilter\":\"tags.kind = ''trial'' and attributes.status = ''FINISHED''\",\"orderByKey\":\"attributes.start_time\",\"orderByAsc\":false,\"selectedColumns\":[\"attributes.`Duration`\",\"metrics.`test/accuracy`\",\"metrics.`test_rotated/accuracy`\",\"metrics.`best/valid_accuracy`\",\"metrics.`best/epoch`\",\"tags.`outcome`\",\"params.`dropout`\"],\"groupBy\":{\"aggregateFunction\":\"average\",\"groupByKeys\":[{\"mode\":\"tag\",\"groupByData\":\"arm\"}]},\"compareRunSections\":[{\"uuid\":\"study\",\"name\":\"Study\",\"display\":true,\"isReordered\":true,\"deleted\":false,\"isGenerated\":false}],\"compareRunCharts\":[{\"uuid\":\"chart-0\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/accuracy\",\"selectedMetricKeys\":[\"valid/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":0.08125,\"yMax\":0.08125},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-1\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/accuracy\",\"selectedMetricKeys\":[\"train/accuracy\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":0.084375,\"yMax\":0.1125},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-2\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"valid/loss\",\"selectedMetricKeys\":[\"valid/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":2.2999317318201067,\"yMax\":2.362549053877592},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-3\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"LINE\",\"metricKey\":\"train/loss\",\"selectedMetricKeys\":[\"train/loss\"],\"lineSmoothness\":0,\"scaleType\":\"linear\",\"xAxisScaleType\":\"linear\",\"xAxisKey\":\"step\",\"selectedXAxisMetricKey\":\"\",\"yAxisKey\":\"metric\",\"yAxisExpressions\":[],\"range\":{\"yMin\":2.3345941372215746,\"yMax\":2.3657634645700454},\"useGlobalXaxisKey\":true,\"useGlobalLineSmoothing\":true},{\"uuid\":\"chart-4\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"BAR\",\"metricKey\":\"test/accuracy\"},{\"uuid\":\"chart-5\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"BAR\",\"metricKey\":\"test_rotated/accuracy\"},{\"uuid\":\"chart-6\",\"runsCountToCompare\":100,\"metricSectionId\":\"study\",\"deleted\":false,\"isGenerated\":false,\"type\":\"BAR\",\"metricKey\":\"best/valid_accuracy\"}]}"}',2);
CREATE TABLE "experiments" (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), 
	creation_time BIGINT, 
	last_update_time BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "experiments" VALUES(0,'Default','/old/runs/artifacts/0','active',1795644031350,1795644031350,'default');
INSERT INTO "experiments" VALUES(1,'finished','file:///old/runs/artifacts/finished','active',1795644031491,1795644031491,'default');
INSERT INTO "experiments" VALUES(2,'measured','file:///old/runs/artifacts/measured','active',1795644055837,1795644055837,'default');
CREATE TABLE guardrail_configs (
	endpoint_id VARCHAR(36) NOT NULL, 
	guardrail_id VARCHAR(36) NOT NULL, 
	execution_order INTEGER, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT guardrail_configs_pk PRIMARY KEY (endpoint_id, guardrail_id), 
	CONSTRAINT fk_guardrail_configs_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE, 
	CONSTRAINT fk_guardrail_configs_guardrail_id FOREIGN KEY(guardrail_id) REFERENCES guardrails (guardrail_id) ON DELETE CASCADE
);
CREATE TABLE guardrails (
	guardrail_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	scorer_version INTEGER NOT NULL, 
	stage VARCHAR(32) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	action_endpoint_id VARCHAR(36), 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT guardrails_pk PRIMARY KEY (guardrail_id), 
	CONSTRAINT fk_guardrails_scorer_version FOREIGN KEY(scorer_id, scorer_version) REFERENCES scorer_versions (scorer_id, scorer_version), 
	CONSTRAINT fk_guardrails_action_endpoint_id FOREIGN KEY(action_endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE SET NULL
);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	value VARCHAR(500) NOT NULL, 
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('d92dd1a3d14943bcb718551c4fa86268','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('e7b9904a5b2d49389922bc9c0a912dc1','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('b6e770d78101426682d7e600c1c4b789','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('86caf91900aa4ff0b30de17e5a0aa3f0','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('a6dcd1de2cb94a8fb7b8d403a48c6aa4','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('2b428c96ff7c4eca87747d7aee7a8d0e','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('89153d50a77a40e3a678996b588abaec','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('dd10844fed574ccf9b8d17d8e8b225f5','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('7ee5d573d498487db25ed2b0f8af7a39','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('6723cdc0308e4536b1102e45e2f5e85c','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('10d4031fc9d04d3f8ab9d470418a94c5','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('fb9c59c024174c68ab2aa41a77c3cd4f','mlflow.data.context','training');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('d92dd1a3d14943bcb718551c4fa86268','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','160a5a03008d4e88b169920299377611',0);
INSERT INTO "inputs" VALUES('e7b9904a5b2d49389922bc9c0a912dc1','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','b166b126970d4cd49c5955f4bb02f1b4',0);
INSERT INTO "inputs" VALUES('b6e770d78101426682d7e600c1c4b789','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','f3604b062d6c44ebafbfb73a1b76d13f',0);
INSERT INTO "inputs" VALUES('86caf91900aa4ff0b30de17e5a0aa3f0','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','f0b2ef6e475940058901761f8bd098fd',0);
INSERT INTO "inputs" VALUES('a6dcd1de2cb94a8fb7b8d403a48c6aa4','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','1ac20edf93de4c93b1d48f82e9d4bff4',0);
INSERT INTO "inputs" VALUES('2b428c96ff7c4eca87747d7aee7a8d0e','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','378cab44286a4a2e83ff962a0dc9618a',0);
INSERT INTO "inputs" VALUES('89153d50a77a40e3a678996b588abaec','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','ece2546bd1c843c9aee8fc907d5d5a5b',0);
INSERT INTO "inputs" VALUES('dd10844fed574ccf9b8d17d8e8b225f5','DATASET','e23db8ae52f8448ca7b11e11603caa3b','RUN','dfd10c08ba0b4f189ce6aebf9b77dc26',0);
INSERT INTO "inputs" VALUES('7ee5d573d498487db25ed2b0f8af7a39','DATASET','6fb4c47a1b094815b1cc31185815d758','RUN','65a2de6286694cc2bcae7bc4c116c88c',0);
INSERT INTO "inputs" VALUES('6723cdc0308e4536b1102e45e2f5e85c','DATASET','6fb4c47a1b094815b1cc31185815d758','RUN','49c7b5e6a43846759d406aba3ba5eb58',0);
INSERT INTO "inputs" VALUES('10d4031fc9d04d3f8ab9d470418a94c5','DATASET','6fb4c47a1b094815b1cc31185815d758','RUN','aaa318129d544f4096f164c233589253',0);
INSERT INTO "inputs" VALUES('fb9c59c024174c68ab2aa41a77c3cd4f','DATASET','6fb4c47a1b094815b1cc31185815d758','RUN','3c7fa14ffa804893b0c091a24d150dd8',0);
CREATE TABLE issues (
	issue_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	description TEXT NOT NULL, 
	status VARCHAR(50) NOT NULL, 
	severity VARCHAR(50), 
	root_causes TEXT, 
	source_run_id VARCHAR(32), 
	categories TEXT, 
	created_timestamp BIGINT NOT NULL, 
	last_updated_timestamp BIGINT NOT NULL, 
	created_by VARCHAR(255), 
	CONSTRAINT issues_pk PRIMARY KEY (issue_id), 
	CONSTRAINT fk_issues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT fk_issues_source_run_id FOREIGN KEY(source_run_id) REFERENCES runs (run_uuid) ON DELETE SET NULL
);
CREATE TABLE job_locks (
	lock_key VARCHAR(255) NOT NULL, 
	job_id VARCHAR(36) NOT NULL, 
	acquired_at BIGINT NOT NULL, 
	CONSTRAINT job_locks_pk PRIMARY KEY (lock_key), 
	CONSTRAINT fk_job_locks_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE "jobs" (
	id VARCHAR(36) NOT NULL, 
	creation_time BIGINT NOT NULL, 
	job_name VARCHAR(500) NOT NULL, 
	params TEXT NOT NULL, 
	timeout FLOAT, 
	status INTEGER NOT NULL, 
	result TEXT, 
	retry_count INTEGER NOT NULL, 
	last_update_time BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, status_details JSON, creator VARCHAR(255), executor_backend VARCHAR(255), lease_expires_at BIGINT, status_message TEXT, progress JSON, progress_updated_at BIGINT, token_hash VARCHAR(64), scoped_permissions JSON, next_attempt_at BIGINT, 
	CONSTRAINT jobs_pk PRIMARY KEY (id)
);
CREATE TABLE label_schemas (
	schema_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	instruction TEXT, 
	enable_comment BOOLEAN DEFAULT '0' NOT NULL, 
	input_type VARCHAR(32) NOT NULL, 
	input_config TEXT NOT NULL, 
	created_by VARCHAR(255), 
	created_time BIGINT NOT NULL, 
	last_update_time BIGINT NOT NULL, 
	is_default BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT label_schemas_pk PRIMARY KEY (schema_id), 
	CONSTRAINT fk_label_schemas_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT uq_label_schemas_exp_name UNIQUE (experiment_id, name)
);
CREATE TABLE "latest_metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT, 
	step BIGINT NOT NULL, 
	is_nan BOOLEAN NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "latest_metrics" VALUES('train/loss',2.32183169983327397645e+00,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.09375,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.20082237720489493071e+00,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.1625,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',0.020697336000012,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.1625,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.20082237720489493071e+00,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('best/epoch',1.0,1795644021283,1,0,'160a5a03008d4e88b169920299377611');
INSERT INTO "latest_metrics" VALUES('train/loss',1.94633525284007191658e+00,1795644021594,3,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.23125,1795644021594,3,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.10936880828812700627e+00,1795644021594,3,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.225,1795644021594,3,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',6.92868099997667741263e-03,1795644021594,3,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.225,1795644021587,2,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.10430494453758,1795644021587,2,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('best/epoch',2.0,1795644021587,2,0,'b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "latest_metrics" VALUES('train/loss',2.29647822529077538789e+00,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.103125,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.28977808505296698271e+00,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.14375,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',9.80938099996819801162e-03,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.14375,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.28977808505296698271e+00,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('best/epoch',3.0,1795644022085,3,0,'f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "latest_metrics" VALUES('train/loss',2.38240883760154265047e+00,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.109375,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.46822260469198218046e+00,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.06875,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',2.32053129999485463486e-02,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.06875,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.46822260469198218046e+00,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('best/epoch',1.0,1795644021854,1,0,'f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "latest_metrics" VALUES('train/loss',2.32351798228919514954e+00,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.09375,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.29238872826099404633e+00,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.1625,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',6.7305509999187052017e-03,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.1625,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.29238872826099404633e+00,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('best/epoch',3.0,1795644021655,3,0,'1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "latest_metrics" VALUES('train/loss',2.3334975790232421744e+00,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.1125,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.35282089114189130185e+00,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.14375,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',8.6102820000633073505e-03,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.14375,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.35282089114189130185e+00,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('best/epoch',1.0,1795644021517,1,0,'378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "latest_metrics" VALUES('train/loss',2.32463797852396947263e+00,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.109375,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.39253896251320830046e+00,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.06875,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',9.65564399996310385176e-03,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.06875,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.39253896251320830046e+00,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('best/epoch',3.0,1795644022152,3,0,'ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "latest_metrics" VALUES('train/loss',2.38587460927665251375e+00,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.109375,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.44407650753855687497e+00,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.06875,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',1.48305489999529527267e-02,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.06875,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.44407650753855687497e+00,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('best/epoch',1.0,1795644022022,1,0,'dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "latest_metrics" VALUES('trials',8.0,1795644022152,8,0,'ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "latest_metrics" VALUES('planned',8.0,1795644022152,8,0,'ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "latest_metrics" VALUES('best/none',0.225,1795644022152,8,0,'ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "latest_metrics" VALUES('best/dropout',0.1625,1795644022152,8,0,'ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "latest_metrics" VALUES('train/loss',2.36576346457004538237e+00,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.084375,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.3625490538775921756e+00,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.08125,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',1.47895520000247415737e-02,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.08125,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.3625490538775921756e+00,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('best/epoch',2.0,1795644049012,2,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('train/loss',2.3548326343297958374e+00,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.1125,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.33142125904560071347e+00,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.08125,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',8.55222300003788404865e-03,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.08125,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.33142125904560071347e+00,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('best/epoch',2.0,1795644049077,2,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('train/loss',2.33459413722157460568e+00,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.084375,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.29993173182010668398e+00,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.08125,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',1.50452309999309363774e-02,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.08125,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.29993173182010668398e+00,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('best/epoch',2.0,1795644049127,2,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('train/loss',2.3548326343297958374e+00,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('train/accuracy',0.1125,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('valid/loss',2.33142125904560071347e+00,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('valid/accuracy',0.08125,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('time/epoch_seconds',1.42908510000552269048e-02,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('best/valid_accuracy',0.08125,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('best/valid_loss',2.33142125904560071347e+00,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('best/epoch',2.0,1795644049174,2,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('test/accuracy',0.0965,1795644056493,1,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('test/loss',2.3311787962988868017e+00,1795644056493,1,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('test_rotated/accuracy',0.0965,1795644056524,1,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('test_rotated/loss',2.3311787962988868017e+00,1795644056524,1,0,'65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "latest_metrics" VALUES('test/accuracy',0.0942,1795644056555,1,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('test/loss',2.3453556728423978761e+00,1795644056555,1,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('test_rotated/accuracy',0.0942,1795644056584,1,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('test_rotated/loss',2.3453556728423978761e+00,1795644056584,1,0,'49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "latest_metrics" VALUES('test/accuracy',0.0965,1795644056629,1,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('test/loss',2.29334380093937140188e+00,1795644056629,1,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('test_rotated/accuracy',0.0965,1795644056660,1,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('test_rotated/loss',2.32610628869588031975e+00,1795644056660,1,0,'aaa318129d544f4096f164c233589253');
INSERT INTO "latest_metrics" VALUES('test/accuracy',0.0942,1795644056693,1,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('test/loss',2.3453556728423978761e+00,1795644056693,1,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('test_rotated/accuracy',0.0942,1795644056725,1,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('test_rotated/loss',2.3453556728423978761e+00,1795644056725,1,0,'3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "latest_metrics" VALUES('trials',4.0,1795644049174,4,0,'cfcf961f611d426e83755a944d69727b');
INSERT INTO "latest_metrics" VALUES('planned',4.0,1795644049174,4,0,'cfcf961f611d426e83755a944d69727b');
INSERT INTO "latest_metrics" VALUES('best/none',0.08125,1795644049174,4,0,'cfcf961f611d426e83755a944d69727b');
INSERT INTO "latest_metrics" VALUES('best/dropout',0.08125,1795644049174,4,0,'cfcf961f611d426e83755a944d69727b');
CREATE TABLE logged_model_metrics (
	model_id VARCHAR(36) NOT NULL, 
	metric_name VARCHAR(500) NOT NULL, 
	metric_timestamp_ms BIGINT NOT NULL, 
	metric_step BIGINT NOT NULL, 
	metric_value FLOAT, 
	experiment_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_uuid VARCHAR(36), 
	dataset_name VARCHAR(500), 
	dataset_digest VARCHAR(36), 
	CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id), 
	CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE, 
	CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	param_key VARCHAR(255) NOT NULL, 
	param_value TEXT NOT NULL, 
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key), 
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	tag_key VARCHAR(255) NOT NULL, 
	tag_value TEXT NOT NULL, 
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key), 
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
CREATE TABLE logged_models (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	artifact_location VARCHAR(1000) NOT NULL, 
	creation_timestamp_ms BIGINT NOT NULL, 
	last_updated_timestamp_ms BIGINT NOT NULL, 
	status INTEGER NOT NULL, 
	lifecycle_stage VARCHAR(32), 
	model_type VARCHAR(500), 
	source_run_id VARCHAR(32), 
	status_message VARCHAR(1000), 
	CONSTRAINT logged_models_pk PRIMARY KEY (model_id), 
	CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE mcp_access_endpoints (
	id VARCHAR(36) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	server_name VARCHAR(256) NOT NULL, 
	server_version VARCHAR(128), 
	server_alias VARCHAR(256), 
	url VARCHAR(2048) NOT NULL, 
	transport_type VARCHAR(32) DEFAULT 'streamable-http' NOT NULL, 
	created_by VARCHAR(256), 
	last_updated_by VARCHAR(256), 
	created_at BIGINT NOT NULL, 
	last_updated_at BIGINT NOT NULL, 
	CONSTRAINT mcp_access_endpoints_pk PRIMARY KEY (id), 
	CONSTRAINT mcp_access_endpoints_server_fkey FOREIGN KEY(workspace, server_name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_aliases (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	alias VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	CONSTRAINT mcp_server_aliases_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT mcp_server_aliases_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_tags (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT mcp_server_tags_pk PRIMARY KEY (workspace, name, "key"), 
	CONSTRAINT mcp_server_tags_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_version_tags (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	CONSTRAINT mcp_server_version_tags_pk PRIMARY KEY (workspace, name, version, "key"), 
	CONSTRAINT mcp_server_version_tags_version_fkey FOREIGN KEY(workspace, name, version) REFERENCES mcp_server_versions (workspace, name, version) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_server_versions (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	version VARCHAR(128) NOT NULL, 
	version_major INTEGER NOT NULL, 
	version_minor INTEGER NOT NULL, 
	version_patch INTEGER NOT NULL, 
	version_prerelease_sort_key VARCHAR(512) NOT NULL, 
	server_json JSON NOT NULL, 
	status VARCHAR(20) DEFAULT 'draft' NOT NULL, 
	tools JSON, 
	source VARCHAR(512), 
	connect_options JSON, 
	created_by VARCHAR(256), 
	last_updated_by VARCHAR(256), 
	created_at BIGINT NOT NULL, 
	last_updated_at BIGINT NOT NULL, 
	CONSTRAINT mcp_server_versions_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT mcp_server_versions_server_fkey FOREIGN KEY(workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE mcp_servers (
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	display_name VARCHAR(256), 
	description TEXT, 
	icons JSON, 
	created_by VARCHAR(256), 
	last_updated_by VARCHAR(256), 
	created_at BIGINT NOT NULL, 
	last_updated_at BIGINT NOT NULL, 
	CONSTRAINT mcp_servers_pk PRIMARY KEY (workspace, name)
);
CREATE TABLE "metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	step BIGINT DEFAULT '0' NOT NULL, 
	is_nan BOOLEAN DEFAULT '0' NOT NULL, 
	CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "metrics" VALUES('train/loss',2.32183169983327397645e+00,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.09375,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.20082237720489493071e+00,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.1625,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',0.020697336000012,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.1625,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.20082237720489493071e+00,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('best/epoch',1.0,1795644021283,'160a5a03008d4e88b169920299377611',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.17486286256462335586e+00,1795644021359,'b166b126970d4cd49c5955f4bb02f1b4',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.2,1795644021359,'b166b126970d4cd49c5955f4bb02f1b4',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.17430907655507343889e+00,1795644021359,'b166b126970d4cd49c5955f4bb02f1b4',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.2125,1795644021359,'b166b126970d4cd49c5955f4bb02f1b4',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',0.00916865500005315,1795644021359,'b166b126970d4cd49c5955f4bb02f1b4',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.00224876133725038229e+00,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.221875,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.10430494453758,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.225,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.37301940000043032341e-02,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('train/loss',1.94633525284007191658e+00,1795644021594,'b166b126970d4cd49c5955f4bb02f1b4',3,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.23125,1795644021594,'b166b126970d4cd49c5955f4bb02f1b4',3,0);
INSERT INTO "metrics" VALUES('valid/loss',2.10936880828812700627e+00,1795644021594,'b166b126970d4cd49c5955f4bb02f1b4',3,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.225,1795644021594,'b166b126970d4cd49c5955f4bb02f1b4',3,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',6.92868099997667741263e-03,1795644021594,'b166b126970d4cd49c5955f4bb02f1b4',3,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.225,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.10430494453758,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('best/epoch',2.0,1795644021587,'b166b126970d4cd49c5955f4bb02f1b4',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.3263443361967803824e+00,1795644021784,'f3604b062d6c44ebafbfb73a1b76d13f',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.109375,1795644021784,'f3604b062d6c44ebafbfb73a1b76d13f',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.33280296325683611513e+00,1795644021784,'f3604b062d6c44ebafbfb73a1b76d13f',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.06875,1795644021784,'f3604b062d6c44ebafbfb73a1b76d13f',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',3.84310209999512153444e-02,1795644021784,'f3604b062d6c44ebafbfb73a1b76d13f',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.29836760386824590085e+00,1795644022075,'f3604b062d6c44ebafbfb73a1b76d13f',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.1,1795644022075,'f3604b062d6c44ebafbfb73a1b76d13f',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.30650183111429196713e+00,1795644022075,'f3604b062d6c44ebafbfb73a1b76d13f',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.0875,1795644022075,'f3604b062d6c44ebafbfb73a1b76d13f',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.38561899999558590934e-02,1795644022075,'f3604b062d6c44ebafbfb73a1b76d13f',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.29647822529077538789e+00,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.103125,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('valid/loss',2.28977808505296698271e+00,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.14375,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',9.80938099996819801162e-03,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.14375,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.28977808505296698271e+00,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('best/epoch',3.0,1795644022085,'f3604b062d6c44ebafbfb73a1b76d13f',3,0);
INSERT INTO "metrics" VALUES('train/loss',2.38240883760154265047e+00,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.109375,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.46822260469198218046e+00,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.06875,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',2.32053129999485463486e-02,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.06875,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.46822260469198218046e+00,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('best/epoch',1.0,1795644021854,'f0b2ef6e475940058901761f8bd098fd',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.34570774585008612334e+00,1795644021474,'1ac20edf93de4c93b1d48f82e9d4bff4',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.09375,1795644021474,'1ac20edf93de4c93b1d48f82e9d4bff4',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.30169885903596860288e+00,1795644021474,'1ac20edf93de4c93b1d48f82e9d4bff4',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.1625,1795644021474,'1ac20edf93de4c93b1d48f82e9d4bff4',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',3.10621449999644028139e-02,1795644021474,'1ac20edf93de4c93b1d48f82e9d4bff4',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.33105507940053957582e+00,1795644021648,'1ac20edf93de4c93b1d48f82e9d4bff4',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.09375,1795644021648,'1ac20edf93de4c93b1d48f82e9d4bff4',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.29716271460056287168e+00,1795644021648,'1ac20edf93de4c93b1d48f82e9d4bff4',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.1625,1795644021648,'1ac20edf93de4c93b1d48f82e9d4bff4',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',0.00800902900004985,1795644021648,'1ac20edf93de4c93b1d48f82e9d4bff4',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.32351798228919514954e+00,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.09375,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('valid/loss',2.29238872826099404633e+00,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.1625,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',6.7305509999187052017e-03,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.1625,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.29238872826099404633e+00,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('best/epoch',3.0,1795644021655,'1ac20edf93de4c93b1d48f82e9d4bff4',3,0);
INSERT INTO "metrics" VALUES('train/loss',2.3334975790232421744e+00,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.1125,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.35282089114189130185e+00,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.14375,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',8.6102820000633073505e-03,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.14375,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.35282089114189130185e+00,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('best/epoch',1.0,1795644021517,'378cab44286a4a2e83ff962a0dc9618a',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.32890066541731366456e+00,1795644021969,'ece2546bd1c843c9aee8fc907d5d5a5b',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.109375,1795644021969,'ece2546bd1c843c9aee8fc907d5d5a5b',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.40010830387473106384e+00,1795644021969,'ece2546bd1c843c9aee8fc907d5d5a5b',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.06875,1795644021969,'ece2546bd1c843c9aee8fc907d5d5a5b',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',2.29171119999591610394e-02,1795644021969,'ece2546bd1c843c9aee8fc907d5d5a5b',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.32641211077570897458e+00,1795644022143,'ece2546bd1c843c9aee8fc907d5d5a5b',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.109375,1795644022143,'ece2546bd1c843c9aee8fc907d5d5a5b',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.39654272347688657163e+00,1795644022143,'ece2546bd1c843c9aee8fc907d5d5a5b',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.06875,1795644022143,'ece2546bd1c843c9aee8fc907d5d5a5b',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.47179589999950621859e-02,1795644022143,'ece2546bd1c843c9aee8fc907d5d5a5b',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.32463797852396947263e+00,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.109375,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('valid/loss',2.39253896251320830046e+00,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.06875,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',9.65564399996310385176e-03,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.06875,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.39253896251320830046e+00,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('best/epoch',3.0,1795644022152,'ece2546bd1c843c9aee8fc907d5d5a5b',3,0);
INSERT INTO "metrics" VALUES('train/loss',2.38587460927665251375e+00,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.109375,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.44407650753855687497e+00,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.06875,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.48305489999529527267e-02,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.06875,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.44407650753855687497e+00,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('best/epoch',1.0,1795644022022,'dfd10c08ba0b4f189ce6aebf9b77dc26',1,0);
INSERT INTO "metrics" VALUES('trials',8.0,1795644022152,'ea7f6f5a4bf9442f838a46faecb038af',8,0);
INSERT INTO "metrics" VALUES('planned',8.0,1795644022152,'ea7f6f5a4bf9442f838a46faecb038af',8,0);
INSERT INTO "metrics" VALUES('best/none',0.225,1795644022152,'ea7f6f5a4bf9442f838a46faecb038af',8,0);
INSERT INTO "metrics" VALUES('best/dropout',0.1625,1795644022152,'ea7f6f5a4bf9442f838a46faecb038af',8,0);
INSERT INTO "metrics" VALUES('train/loss',2.43599298708140832303e+00,1795644048997,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.084375,1795644048997,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.44144067391753205598e+00,1795644048997,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.08125,1795644048997,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.47149639999497594544e-02,1795644048997,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.36576346457004538237e+00,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.084375,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.3625490538775921756e+00,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.08125,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.47895520000247415737e-02,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.08125,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.3625490538775921756e+00,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('best/epoch',2.0,1795644049012,'65a2de6286694cc2bcae7bc4c116c88c',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.42264528572559356689e+00,1795644049069,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.09375,1795644049069,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.37133240476250639616e+00,1795644049069,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.11875,1795644049069,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.91484040000204913667e-02,1795644049069,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.3548326343297958374e+00,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.1125,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.33142125904560071347e+00,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.08125,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',8.55222300003788404865e-03,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.08125,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.33142125904560071347e+00,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('best/epoch',2.0,1795644049077,'49c7b5e6a43846759d406aba3ba5eb58',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.42661046981811523437e+00,1795644049112,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.084375,1795644049112,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.38387908115983027101e+00,1795644049112,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.08125,1795644049112,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.0088993000067603134e-02,1795644049112,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.33459413722157460568e+00,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.084375,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.29993173182010668398e+00,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.08125,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.50452309999309363774e-02,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.08125,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.29993173182010668398e+00,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('best/epoch',2.0,1795644049127,'aaa318129d544f4096f164c233589253',2,0);
INSERT INTO "metrics" VALUES('train/loss',2.42264528572559356689e+00,1795644049160,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.09375,1795644049160,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('valid/loss',2.37133240476250639616e+00,1795644049160,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.11875,1795644049160,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.34908169999334859312e-02,1795644049160,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('train/loss',2.3548326343297958374e+00,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('train/accuracy',0.1125,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('valid/loss',2.33142125904560071347e+00,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('valid/accuracy',0.08125,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('time/epoch_seconds',1.42908510000552269048e-02,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('best/valid_accuracy',0.08125,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('best/valid_loss',2.33142125904560071347e+00,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('best/epoch',2.0,1795644049174,'3c7fa14ffa804893b0c091a24d150dd8',2,0);
INSERT INTO "metrics" VALUES('test/accuracy',0.0965,1795644056493,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('test/loss',2.3311787962988868017e+00,1795644056493,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('test_rotated/accuracy',0.0965,1795644056524,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('test_rotated/loss',2.3311787962988868017e+00,1795644056524,'65a2de6286694cc2bcae7bc4c116c88c',1,0);
INSERT INTO "metrics" VALUES('test/accuracy',0.0942,1795644056555,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('test/loss',2.3453556728423978761e+00,1795644056555,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('test_rotated/accuracy',0.0942,1795644056584,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('test_rotated/loss',2.3453556728423978761e+00,1795644056584,'49c7b5e6a43846759d406aba3ba5eb58',1,0);
INSERT INTO "metrics" VALUES('test/accuracy',0.0965,1795644056629,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('test/loss',2.29334380093937140188e+00,1795644056629,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('test_rotated/accuracy',0.0965,1795644056660,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('test_rotated/loss',2.32610628869588031975e+00,1795644056660,'aaa318129d544f4096f164c233589253',1,0);
INSERT INTO "metrics" VALUES('test/accuracy',0.0942,1795644056693,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('test/loss',2.3453556728423978761e+00,1795644056693,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('test_rotated/accuracy',0.0942,1795644056725,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('test_rotated/loss',2.3453556728423978761e+00,1795644056725,'3c7fa14ffa804893b0c091a24d150dd8',1,0);
INSERT INTO "metrics" VALUES('trials',4.0,1795644049174,'cfcf961f611d426e83755a944d69727b',4,0);
INSERT INTO "metrics" VALUES('planned',4.0,1795644049174,'cfcf961f611d426e83755a944d69727b',4,0);
INSERT INTO "metrics" VALUES('best/none',0.08125,1795644049174,'cfcf961f611d426e83755a944d69727b',4,0);
INSERT INTO "metrics" VALUES('best/dropout',0.08125,1795644049174,'cfcf961f611d426e83755a944d69727b',4,0);
CREATE TABLE "model_definitions" (
	model_definition_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	secret_id VARCHAR(36), 
	provider VARCHAR(64) NOT NULL, 
	model_name VARCHAR(256) NOT NULL, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id), 
	CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY(secret_id) REFERENCES secrets (secret_id) ON DELETE SET NULL, 
	CONSTRAINT uq_model_definitions_workspace_name UNIQUE (workspace, name)
);
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version), 
	CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY(workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);
CREATE TABLE "model_versions" (
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	user_id VARCHAR(256), 
	current_stage VARCHAR(20), 
	source VARCHAR(500), 
	run_id VARCHAR(32), 
	status VARCHAR(20), 
	status_message VARCHAR(500), 
	run_link VARCHAR(500), 
	storage_location VARCHAR(500), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT fk_model_versions_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
CREATE TABLE online_scoring_configs (
	online_scoring_config_id VARCHAR(36) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	sample_rate FLOAT NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	filter_string TEXT, 
	CONSTRAINT online_scoring_config_pk PRIMARY KEY (online_scoring_config_id), 
	CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE, 
	CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('arm','none','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('model','mlp','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('epochs','3','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('batch_size','64','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('seed','421547810','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('split_seed','1','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('dropout','0.0','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('weight_decay','0.0','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('label_smoothing','0.0','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('schedule','constant','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('hidden2','2','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('lr','0.01','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('hidden','2','160a5a03008d4e88b169920299377611');
INSERT INTO "params" VALUES('arm','none','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('model','mlp','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('epochs','3','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('batch_size','64','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('seed','699753212','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('split_seed','1','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('dropout','0.0','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('weight_decay','0.0','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('label_smoothing','0.0','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('schedule','constant','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('hidden2','2','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('lr','0.010092012249596851','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('hidden','2','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "params" VALUES('arm','none','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('model','mlp','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('epochs','3','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('batch_size','64','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('seed','1791960469','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('split_seed','1','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('dropout','0.0','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('weight_decay','0.0','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('label_smoothing','0.0','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('schedule','constant','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('hidden2','2','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('lr','0.07496585927339385','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('hidden','2','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "params" VALUES('arm','none','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('model','mlp','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('epochs','3','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('batch_size','64','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('seed','66745204','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('split_seed','1','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('dropout','0.0','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('weight_decay','0.0','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('label_smoothing','0.0','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('schedule','constant','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('hidden2','2','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('lr','0.001596859236707238','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('hidden','1','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "params" VALUES('arm','dropout','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('model','mlp','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('epochs','3','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('batch_size','64','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('seed','421547810','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('split_seed','1','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('weight_decay','0.0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('label_smoothing','0.0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('schedule','constant','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('hidden2','2','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('lr','0.01','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('dropout','0.39655158878882224','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('hidden','1','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "params" VALUES('arm','dropout','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('model','mlp','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('epochs','3','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('batch_size','64','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('seed','699753212','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('split_seed','1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('weight_decay','0.0','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('label_smoothing','0.0','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('schedule','constant','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('hidden2','2','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('lr','0.031557613239823694','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('dropout','0.20389513842770013','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('hidden','1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "params" VALUES('arm','dropout','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('model','mlp','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('epochs','3','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('batch_size','64','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('seed','1791960469','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('split_seed','1','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('weight_decay','0.0','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('label_smoothing','0.0','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('schedule','constant','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('hidden2','2','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('lr','0.003340853069606958','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('dropout','0.48006378364087376','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('hidden','1','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "params" VALUES('arm','dropout','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('model','mlp','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('epochs','3','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('batch_size','64','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('seed','66745204','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('split_seed','1','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('weight_decay','0.0','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('label_smoothing','0.0','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('schedule','constant','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('hidden2','2','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('lr','0.0014328822451459063','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('dropout','0.14763863087858947','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('hidden','2','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "params" VALUES('arm','none','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('model','mlp','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('epochs','2','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('batch_size','64','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('seed','1','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('split_seed','1','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('lr','0.05','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('dropout','0.0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('weight_decay','0.0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('label_smoothing','0.0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('schedule','constant','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('hidden','1','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('hidden2','1','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "params" VALUES('arm','none','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('model','mlp','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('epochs','2','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('batch_size','64','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('seed','2','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('split_seed','2','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('lr','0.05','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('dropout','0.0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('weight_decay','0.0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('label_smoothing','0.0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('schedule','constant','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('hidden','1','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('hidden2','1','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "params" VALUES('arm','dropout','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('model','mlp','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('epochs','2','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('batch_size','64','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('seed','1','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('split_seed','1','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('lr','0.05','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('dropout','0.4','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('weight_decay','0.0','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('label_smoothing','0.0','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('schedule','constant','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('hidden','1','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('hidden2','1','aaa318129d544f4096f164c233589253');
INSERT INTO "params" VALUES('arm','dropout','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('model','mlp','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('epochs','2','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('batch_size','64','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('seed','2','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('split_seed','2','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('lr','0.05','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('dropout','0.4','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('weight_decay','0.0','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('label_smoothing','0.0','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('schedule','constant','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('hidden','1','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "params" VALUES('hidden2','1','3c7fa14ffa804893b0c091a24d150dd8');
CREATE TABLE "registered_model_aliases" (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "registered_model_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name), 
	CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
CREATE TABLE "registered_models" (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name)
);
CREATE TABLE review_queue_items (
	queue_id VARCHAR(36) NOT NULL, 
	item_type VARCHAR(16) NOT NULL, 
	item_id VARCHAR(50) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	completed_by VARCHAR(250), 
	completed_time_ms BIGINT, 
	creation_time_ms BIGINT NOT NULL, 
	last_update_time_ms BIGINT NOT NULL, 
	CONSTRAINT review_queue_items_pk PRIMARY KEY (queue_id, item_id), 
	CONSTRAINT fk_review_queue_items_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queue_label_schemas (
	queue_id VARCHAR(36) NOT NULL, 
	schema_id VARCHAR(36) NOT NULL, 
	CONSTRAINT review_queue_label_schemas_pk PRIMARY KEY (queue_id, schema_id), 
	CONSTRAINT fk_review_queue_label_schemas_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queue_users (
	queue_id VARCHAR(36) NOT NULL, 
	user_id VARCHAR(250) NOT NULL, 
	CONSTRAINT review_queue_users_pk PRIMARY KEY (queue_id, user_id), 
	CONSTRAINT fk_review_queue_users_queue_id FOREIGN KEY(queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);
CREATE TABLE review_queues (
	queue_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	queue_type VARCHAR(16) NOT NULL, 
	created_by VARCHAR(255), 
	creation_time_ms BIGINT NOT NULL, 
	last_update_time_ms BIGINT NOT NULL, 
	name_key VARCHAR(250) NOT NULL, 
	CONSTRAINT review_queues_pk PRIMARY KEY (queue_id), 
	CONSTRAINT fk_review_queues_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE, 
	CONSTRAINT uq_review_queues_experiment_name_key UNIQUE (experiment_id, name_key)
);
CREATE TABLE "runs" (
	run_uuid VARCHAR(32) NOT NULL, 
	name VARCHAR(250), 
	source_type VARCHAR(20), 
	source_name VARCHAR(500), 
	entry_point_name VARCHAR(50), 
	user_id VARCHAR(256), 
	status VARCHAR(9), 
	start_time BIGINT, 
	end_time BIGINT, 
	source_version VARCHAR(50), 
	lifecycle_stage VARCHAR(20), 
	artifact_uri VARCHAR(200), 
	experiment_id INTEGER, deleted_time BIGINT, 
	CONSTRAINT run_pk PRIMARY KEY (run_uuid), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('160a5a03008d4e88b169920299377611','none-0  dropout 0  lr 0.01  hidden 2','UNKNOWN','','','unknown','KILLED',1795644021262,1795644021283,'','active','file:///old/runs/artifacts/finished/160a5a03008d4e88b169920299377611/artifacts',1,NULL);
INSERT INTO "runs" VALUES('b166b126970d4cd49c5955f4bb02f1b4','none-1  dropout 0  lr 0.0101  hidden 2','UNKNOWN','','','unknown','FINISHED',1795644021349,1795644021594,'','active','file:///old/runs/artifacts/finished/b166b126970d4cd49c5955f4bb02f1b4/artifacts',1,NULL);
INSERT INTO "runs" VALUES('f3604b062d6c44ebafbfb73a1b76d13f','none-2  dropout 0  lr 0.075  hidden 2','UNKNOWN','','','unknown','FINISHED',1795644021745,1795644022085,'','active','file:///old/runs/artifacts/finished/f3604b062d6c44ebafbfb73a1b76d13f/artifacts',1,NULL);
INSERT INTO "runs" VALUES('f0b2ef6e475940058901761f8bd098fd','none-3  dropout 0  lr 0.0016  hidden 1','UNKNOWN','','','unknown','KILLED',1795644021831,1795644021854,'','active','file:///old/runs/artifacts/finished/f0b2ef6e475940058901761f8bd098fd/artifacts',1,NULL);
INSERT INTO "runs" VALUES('1ac20edf93de4c93b1d48f82e9d4bff4','dropout-0  dropout 0.397  lr 0.01  hidden 1','UNKNOWN','','','unknown','FINISHED',1795644021443,1795644021655,'','active','file:///old/runs/artifacts/finished/1ac20edf93de4c93b1d48f82e9d4bff4/artifacts',1,NULL);
INSERT INTO "runs" VALUES('378cab44286a4a2e83ff962a0dc9618a','dropout-1  dropout 0.204  lr 0.0316  hidden 1','UNKNOWN','','','unknown','KILLED',1795644021509,1795644021517,'','active','file:///old/runs/artifacts/finished/378cab44286a4a2e83ff962a0dc9618a/artifacts',1,NULL);
INSERT INTO "runs" VALUES('ece2546bd1c843c9aee8fc907d5d5a5b','dropout-2  dropout 0.48  lr 0.00334  hidden 1','UNKNOWN','','','unknown','FINISHED',1795644021946,1795644022152,'','active','file:///old/runs/artifacts/finished/ece2546bd1c843c9aee8fc907d5d5a5b/artifacts',1,NULL);
INSERT INTO "runs" VALUES('dfd10c08ba0b4f189ce6aebf9b77dc26','dropout-3  dropout 0.148  lr 0.00143  hidden 2','UNKNOWN','','','unknown','KILLED',1795644022007,1795644022022,'','active','file:///old/runs/artifacts/finished/dfd10c08ba0b4f189ce6aebf9b77dc26/artifacts',1,NULL);
INSERT INTO "runs" VALUES('ea7f6f5a4bf9442f838a46faecb038af','study  finished','UNKNOWN','','','unknown','FINISHED',1795644018045,1795644022152,'','active','file:///old/runs/artifacts/finished/ea7f6f5a4bf9442f838a46faecb038af/artifacts',1,NULL);
INSERT INTO "runs" VALUES('65a2de6286694cc2bcae7bc4c116c88c','none-0  dropout 0','UNKNOWN','','','unknown','FINISHED',1795644048983,1795644049012,'','active','file:///old/runs/artifacts/measured/65a2de6286694cc2bcae7bc4c116c88c/artifacts',2,NULL);
INSERT INTO "runs" VALUES('49c7b5e6a43846759d406aba3ba5eb58','none-1  dropout 0','UNKNOWN','','','unknown','FINISHED',1795644049050,1795644049077,'','active','file:///old/runs/artifacts/measured/49c7b5e6a43846759d406aba3ba5eb58/artifacts',2,NULL);
INSERT INTO "runs" VALUES('aaa318129d544f4096f164c233589253','dropout-0  dropout 0.4','UNKNOWN','','','unknown','FINISHED',1795644049102,1795644049127,'','active','file:///old/runs/artifacts/measured/aaa318129d544f4096f164c233589253/artifacts',2,NULL);
INSERT INTO "runs" VALUES('3c7fa14ffa804893b0c091a24d150dd8','dropout-1  dropout 0.4','UNKNOWN','','','unknown','FINISHED',1795644049147,1795644049174,'','active','file:///old/runs/artifacts/measured/3c7fa14ffa804893b0c091a24d150dd8/artifacts',2,NULL);
INSERT INTO "runs" VALUES('cfcf961f611d426e83755a944d69727b','experiment  measured','UNKNOWN','','','unknown','FINISHED',1795644045037,1795644049174,'','active','file:///old/runs/artifacts/measured/cfcf961f611d426e83755a944d69727b/artifacts',2,NULL);
CREATE TABLE scheduler_leases (
	lease_key VARCHAR(255) NOT NULL, 
	acquired_at BIGINT NOT NULL, 
	ttl_seconds INTEGER NOT NULL, 
	CONSTRAINT scheduler_leases_pk PRIMARY KEY (lease_key)
);
CREATE TABLE scorer_versions (
	scorer_id VARCHAR(36) NOT NULL, 
	scorer_version INTEGER NOT NULL, 
	serialized_scorer TEXT NOT NULL, 
	creation_time BIGINT, 
	CONSTRAINT scorer_version_pk PRIMARY KEY (scorer_id, scorer_version), 
	CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY(scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);
CREATE TABLE scorers (
	experiment_id INTEGER NOT NULL, 
	scorer_name VARCHAR(256) NOT NULL, 
	scorer_id VARCHAR(36) NOT NULL, 
	CONSTRAINT scorer_pk PRIMARY KEY (scorer_id), 
	CONSTRAINT fk_scorers_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE "secrets" (
	secret_id VARCHAR(36) NOT NULL, 
	secret_name VARCHAR(255) NOT NULL, 
	encrypted_value BLOB NOT NULL, 
	wrapped_dek BLOB NOT NULL, 
	kek_version INTEGER NOT NULL, 
	masked_value VARCHAR(500) NOT NULL, 
	provider VARCHAR(64), 
	auth_config TEXT, 
	description TEXT, 
	created_by VARCHAR(255), 
	created_at BIGINT NOT NULL, 
	last_updated_by VARCHAR(255), 
	last_updated_at BIGINT NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT secrets_pk PRIMARY KEY (secret_id), 
	CONSTRAINT uq_secrets_workspace_secret_name UNIQUE (workspace, secret_name)
);
CREATE TABLE span_metrics (
	trace_id VARCHAR(50) NOT NULL, 
	span_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT span_metrics_pk PRIMARY KEY (trace_id, span_id, "key"), 
	CONSTRAINT fk_span_metrics_span FOREIGN KEY(trace_id, span_id) REFERENCES spans (trace_id, span_id) ON DELETE CASCADE
);
CREATE TABLE "spans" (
	trace_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	span_id VARCHAR(50) NOT NULL, 
	parent_span_id VARCHAR(50), 
	name TEXT, 
	type VARCHAR(500), 
	status VARCHAR(50) NOT NULL, 
	start_time_unix_nano BIGINT NOT NULL, 
	end_time_unix_nano BIGINT, 
	duration_ns BIGINT GENERATED ALWAYS AS (end_time_unix_nano - start_time_unix_nano) STORED, 
	content TEXT NOT NULL, 
	input_cost FLOAT, 
	output_cost FLOAT, 
	total_cost FLOAT, 
	model_name VARCHAR(500), 
	model_provider VARCHAR(500), 
	CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id), 
	CONSTRAINT fk_spans_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_spans_trace_id FOREIGN KEY(trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE sql_assessment_daily_rollups (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	metric_name VARCHAR(250) NOT NULL, 
	grouping_set VARCHAR(50) NOT NULL, 
	sample_count BIGINT NOT NULL, 
	sum_value FLOAT, 
	min_value FLOAT, 
	max_value FLOAT, 
	CONSTRAINT sql_assessment_daily_rollups_pk PRIMARY KEY (id)
);
CREATE TABLE sql_span_cost_daily_rollups (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	metric_name VARCHAR(250) NOT NULL, 
	grouping_set VARCHAR(50) NOT NULL, 
	model_name VARCHAR(500), 
	model_provider VARCHAR(500), 
	sample_count BIGINT NOT NULL, 
	sum_value FLOAT, 
	min_value FLOAT, 
	max_value FLOAT, 
	CONSTRAINT sql_span_cost_daily_rollups_pk PRIMARY KEY (id)
);
CREATE TABLE sql_trace_metric_daily_rollups (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	metric_name VARCHAR(250) NOT NULL, 
	grouping_set VARCHAR(50) NOT NULL, 
	trace_status VARCHAR(50), 
	sample_count BIGINT NOT NULL, 
	sum_value FLOAT, 
	min_value FLOAT, 
	max_value FLOAT, 
	p50_value FLOAT, 
	p90_value FLOAT, 
	p99_value FLOAT, 
	CONSTRAINT sql_trace_metric_daily_rollups_pk PRIMARY KEY (id)
);
CREATE TABLE sql_trace_rollup_rebuild_queue (
	experiment_id INTEGER NOT NULL, 
	rollup_day DATE NOT NULL, 
	rollup_family VARCHAR(50) NOT NULL, 
	CONSTRAINT sql_trace_rollup_rebuild_queue_pk PRIMARY KEY (experiment_id, rollup_day, rollup_family)
);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('python','3.11.7','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('torch','2.14.1','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('optuna','5.0.0','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('mlflow','3.17.2','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('numpy','2.4.6','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('kind','trial','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('study','finished','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('arm','none','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('trial_id','finished.none-0','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('number','0','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('generation','0','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('outcome','pruned','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('checkpoint_sha256','11480a5c38f95806dc95f282328f963d77136187cc72f23ff1d824e11853e125','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('pruned','epoch 1','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('mlflow.runName','none-0  dropout 0  lr 0.01  hidden 2','160a5a03008d4e88b169920299377611');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('python','3.11.7','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('torch','2.14.1','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('optuna','5.0.0','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('mlflow','3.17.2','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('numpy','2.4.6','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('kind','trial','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('study','finished','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('arm','none','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('trial_id','finished.none-1','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('number','1','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('generation','0','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('outcome','complete','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('checkpoint_sha256','6d3852478d178193261ce4eca3aec546a9ca49fae491d96d929a01b2b9eaa05f','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('mlflow.runName','none-1  dropout 0  lr 0.0101  hidden 2','b166b126970d4cd49c5955f4bb02f1b4');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('python','3.11.7','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('torch','2.14.1','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('optuna','5.0.0','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('mlflow','3.17.2','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('numpy','2.4.6','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('kind','trial','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('study','finished','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('arm','none','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('trial_id','finished.none-2','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('number','2','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('generation','1','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('outcome','complete','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('checkpoint_sha256','b05ffc2016c918e338967465b76d3320baf004babfeac574ccd324a1d2f20f89','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('mlflow.runName','none-2  dropout 0  lr 0.075  hidden 2','f3604b062d6c44ebafbfb73a1b76d13f');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('python','3.11.7','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('torch','2.14.1','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('optuna','5.0.0','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('mlflow','3.17.2','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('numpy','2.4.6','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('kind','trial','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('study','finished','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('arm','none','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('trial_id','finished.none-3','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('number','3','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('generation','1','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('outcome','pruned','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('checkpoint_sha256','b816e1c912d8d69130b2111ce2f36cc93c44ea5cc3938c3c89fa09687f8b7973','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('pruned','epoch 1','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('mlflow.runName','none-3  dropout 0  lr 0.0016  hidden 1','f0b2ef6e475940058901761f8bd098fd');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('python','3.11.7','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('torch','2.14.1','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('optuna','5.0.0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('mlflow','3.17.2','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('numpy','2.4.6','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('kind','trial','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('study','finished','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('arm','dropout','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('trial_id','finished.dropout-0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('number','0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('generation','0','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('outcome','complete','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('checkpoint_sha256','aea90ed2bde4bb8c0c0d70ea3e29dbf8bf6a63eb6dab2c52b653eee757aecf24','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('mlflow.runName','dropout-0  dropout 0.397  lr 0.01  hidden 1','1ac20edf93de4c93b1d48f82e9d4bff4');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('python','3.11.7','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('torch','2.14.1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('optuna','5.0.0','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('mlflow','3.17.2','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('numpy','2.4.6','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('kind','trial','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('study','finished','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('arm','dropout','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('trial_id','finished.dropout-1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('number','1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('generation','0','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('outcome','pruned','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('checkpoint_sha256','a53ecdd7fddc39dba8c70749b4a916e62c22b411fb436192a59feaf765728702','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('pruned','epoch 1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('mlflow.runName','dropout-1  dropout 0.204  lr 0.0316  hidden 1','378cab44286a4a2e83ff962a0dc9618a');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('python','3.11.7','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('torch','2.14.1','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('optuna','5.0.0','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('mlflow','3.17.2','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('numpy','2.4.6','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('kind','trial','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('study','finished','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('arm','dropout','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('trial_id','finished.dropout-2','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('number','2','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('generation','1','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('outcome','complete','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('checkpoint_sha256','edff5bc433930e5121b24292d018f1ef7123ab5cbd0cd205d9d2ef2e915f0a7a','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('mlflow.runName','dropout-2  dropout 0.48  lr 0.00334  hidden 1','ece2546bd1c843c9aee8fc907d5d5a5b');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('python','3.11.7','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('torch','2.14.1','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('optuna','5.0.0','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('mlflow','3.17.2','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('numpy','2.4.6','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('kind','trial','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('study','finished','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('arm','dropout','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('trial_id','finished.dropout-3','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('number','3','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('generation','1','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('outcome','pruned','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('checkpoint_sha256','440607031851b31e0615b783e2aa42c391783cbe9a76480bf07f2df86046d6d8','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('pruned','epoch 1','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('mlflow.runName','dropout-3  dropout 0.148  lr 0.00143  hidden 2','dfd10c08ba0b4f189ce6aebf9b77dc26');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('python','3.11.7','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('torch','2.14.1','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('optuna','5.0.0','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('mlflow','3.17.2','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('numpy','2.4.6','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('kind','study','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('study','finished','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('arms','none, dropout','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('mlflow.note.content','Does dropout help a network of two units?','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('mlflow.runName','study  finished','ea7f6f5a4bf9442f838a46faecb038af');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('python','3.11.7','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('torch','2.14.1','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('optuna','5.0.0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('mlflow','3.17.2','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('numpy','2.4.6','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('kind','trial','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('study','measured','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('arm','none','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('trial_id','measured.none-0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('number','0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('generation','0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('outcome','complete','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('checkpoint_sha256','a37b636f7a1555df3e4782102dde8d58ef0c102460c3feae16a21ea1d927ef2f','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('mlflow.runName','none-0  dropout 0','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('python','3.11.7','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('torch','2.14.1','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('optuna','5.0.0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('mlflow','3.17.2','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('numpy','2.4.6','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('kind','trial','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('study','measured','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('arm','none','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('trial_id','measured.none-1','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('number','1','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('generation','0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('outcome','complete','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('checkpoint_sha256','2bdf1618041693abcf47ad10c7eae77ed3592e42575aa93bc05c57a3fc814349','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('mlflow.runName','none-1  dropout 0','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('python','3.11.7','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('torch','2.14.1','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('optuna','5.0.0','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('mlflow','3.17.2','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('numpy','2.4.6','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('kind','trial','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('study','measured','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('arm','dropout','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('trial_id','measured.dropout-0','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('number','0','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('generation','0','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('outcome','complete','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('checkpoint_sha256','6565565a140c412332a40dcc8922f971c840dea40cd9b820aec62986bd356f38','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('mlflow.runName','dropout-0  dropout 0.4','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('python','3.11.7','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('torch','2.14.1','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('optuna','5.0.0','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('mlflow','3.17.2','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('numpy','2.4.6','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('kind','trial','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('study','measured','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('arm','dropout','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('trial_id','measured.dropout-1','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('number','1','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('generation','0','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('outcome','complete','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('checkpoint_sha256','2bdf1618041693abcf47ad10c7eae77ed3592e42575aa93bc05c57a3fc814349','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('mlflow.runName','dropout-1  dropout 0.4','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('test_opening','1','65a2de6286694cc2bcae7bc4c116c88c');
INSERT INTO "tags" VALUES('test_opening','1','49c7b5e6a43846759d406aba3ba5eb58');
INSERT INTO "tags" VALUES('test_opening','1','aaa318129d544f4096f164c233589253');
INSERT INTO "tags" VALUES('test_opening','1','3c7fa14ffa804893b0c091a24d150dd8');
INSERT INTO "tags" VALUES('git_commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('python','3.11.7','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('fashion-bench','0.1.0','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('torch','2.14.1','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('optuna','5.0.0','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('mlflow','3.17.2','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('numpy','2.4.6','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('device','cpu (x86-64)','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('mlflow.source.git.commit','7f6d905153ab781ff72d940fad1fd0fc9102861e','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('kind','study','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('study','measured','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('arms','none, dropout','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('mlflow.note.content','Does dropout help a network of one unit?','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('test_openings','1','cfcf961f611d426e83755a944d69727b');
INSERT INTO "tags" VALUES('mlflow.runName','experiment  measured','cfcf961f611d426e83755a944d69727b');
CREATE TABLE "trace_info" (
	request_id VARCHAR(50) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	timestamp_ms BIGINT NOT NULL, 
	execution_time_ms BIGINT, 
	status VARCHAR(50) NOT NULL, 
	client_request_id VARCHAR(50), 
	request_preview VARCHAR(1000), 
	response_preview VARCHAR(1000), 
	db_payload_generation INTEGER DEFAULT '0' NOT NULL, trace_name VARCHAR(4096), session_id VARCHAR(250), input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, cache_read_input_tokens BIGINT, cache_creation_input_tokens BIGINT, cache_creation_input_tokens_above_1hr BIGINT, input_cost FLOAT, output_cost FLOAT, total_cost FLOAT, 
	CONSTRAINT trace_info_pk PRIMARY KEY (request_id), 
	CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
CREATE TABLE trace_metrics (
	request_id VARCHAR(50) NOT NULL, 
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT, 
	CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, "key"), 
	CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE "trace_request_metadata" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_request_metadata_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE "trace_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	request_id VARCHAR(50) NOT NULL, 
	CONSTRAINT trace_tag_pk PRIMARY KEY ("key", request_id), 
	CONSTRAINT fk_trace_tags_request_id FOREIGN KEY(request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);
CREATE TABLE webhook_events (
	webhook_id VARCHAR(256) NOT NULL, 
	entity VARCHAR(50) NOT NULL, 
	action VARCHAR(50) NOT NULL, 
	CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action), 
	FOREIGN KEY(webhook_id) REFERENCES webhooks (webhook_id) ON DELETE cascade
);
CREATE TABLE "webhooks" (
	webhook_id VARCHAR(256) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	description VARCHAR(1000), 
	url VARCHAR(500) NOT NULL, 
	status VARCHAR(20) DEFAULT 'ACTIVE' NOT NULL, 
	secret VARCHAR(1000), 
	creation_timestamp BIGINT, 
	last_updated_timestamp BIGINT, 
	deleted_timestamp BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT webhook_pk PRIMARY KEY (webhook_id)
);
CREATE TABLE workspaces (
	name VARCHAR(63) NOT NULL, 
	description TEXT, 
	default_artifact_root TEXT, trace_archival_location TEXT, trace_archival_retention VARCHAR(32), 
	CONSTRAINT workspaces_pk PRIMARY KEY (name)
);
INSERT INTO "workspaces" VALUES('default','Default workspace for legacy resources',NULL,NULL,NULL);
CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid);
CREATE INDEX index_inputs_destination_type_destination_id_source_type ON inputs (destination_type, destination_id, source_type);
CREATE INDEX index_inputs_input_uuid ON inputs (input_uuid);
CREATE INDEX index_params_run_uuid ON params (run_uuid);
CREATE INDEX index_trace_tags_request_id ON trace_tags (request_id);
CREATE INDEX index_trace_request_metadata_request_id ON trace_request_metadata (request_id);
CREATE INDEX index_tags_run_uuid ON tags (run_uuid);
CREATE INDEX index_datasets_experiment_id_dataset_source_type ON datasets (experiment_id, dataset_source_type);
CREATE INDEX index_datasets_dataset_uuid ON datasets (dataset_uuid);
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);
CREATE INDEX index_entity_associations_association_id ON entity_associations (association_id);
CREATE INDEX index_entity_associations_reverse_lookup ON entity_associations (destination_type, destination_id, source_type, source_id);
CREATE INDEX idx_webhook_events_entity ON webhook_events (entity);
CREATE INDEX idx_webhook_events_action ON webhook_events (action);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events (entity, action);
CREATE UNIQUE INDEX index_scorers_experiment_id_scorer_name ON scorers (experiment_id, scorer_name);
CREATE INDEX index_scorer_versions_scorer_id ON scorer_versions (scorer_id);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags (dataset_id);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records (dataset_id);
CREATE INDEX index_endpoint_model_mappings_endpoint_id ON endpoint_model_mappings (endpoint_id);
CREATE INDEX index_endpoint_model_mappings_model_definition_id ON endpoint_model_mappings (model_definition_id);
CREATE INDEX index_endpoint_tags_endpoint_id ON endpoint_tags (endpoint_id);
CREATE INDEX index_trace_metrics_request_id ON trace_metrics (request_id);
CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings (endpoint_id, model_definition_id, linkage_type);
CREATE INDEX index_span_metrics_trace_id_span_id ON span_metrics (trace_id, span_id);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets (created_time);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets (name);
CREATE INDEX idx_webhooks_status ON webhooks (status);
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE TRIGGER prevent_secrets_aad_mutation
BEFORE UPDATE ON secrets
FOR EACH ROW
WHEN OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
BEGIN
    SELECT RAISE(ABORT, 'secret_id and secret_name are immutable (used as AAD in encryption)');
END;
CREATE INDEX index_model_definitions_provider ON model_definitions (provider);
CREATE INDEX index_model_definitions_secret_id ON model_definitions (secret_id);
CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, workspace, status, creation_time);
CREATE INDEX idx_experiments_workspace ON experiments (workspace);
CREATE INDEX idx_registered_models_workspace ON registered_models (workspace);
CREATE INDEX idx_experiments_workspace_creation_time ON experiments (workspace, creation_time);
CREATE INDEX idx_evaluation_datasets_workspace ON evaluation_datasets (workspace);
CREATE INDEX idx_webhooks_workspace ON webhooks (workspace);
CREATE INDEX idx_secrets_workspace ON secrets (workspace);
CREATE INDEX idx_endpoints_workspace ON endpoints (workspace);
CREATE INDEX idx_model_definitions_workspace ON model_definitions (workspace);
CREATE INDEX idx_budget_policies_workspace ON budget_policies (workspace);
CREATE INDEX index_issues_experiment_id ON issues (experiment_id);
CREATE INDEX index_issues_source_run_id ON issues (source_run_id);
CREATE INDEX index_issues_status ON issues (status);
CREATE INDEX index_metrics_run_uuid_key_step ON metrics (run_uuid, "key", step);
CREATE INDEX idx_guardrails_workspace ON guardrails (workspace);
CREATE INDEX idx_guardrails_scorer ON guardrails (scorer_id, scorer_version);
CREATE INDEX idx_guardrail_configs_endpoint_id ON guardrail_configs (endpoint_id);
CREATE INDEX idx_guardrail_configs_guardrail_id ON guardrail_configs (guardrail_id);
CREATE INDEX idx_model_version_tags_workspace_name_version ON model_version_tags (workspace, name, version);
CREATE INDEX idx_registered_model_tags_workspace_name ON registered_model_tags (workspace, name);
CREATE INDEX index_label_schemas_experiment_id ON label_schemas (experiment_id);
CREATE INDEX index_review_queues_experiment_id ON review_queues (experiment_id);
CREATE INDEX index_review_queue_users_user_id ON review_queue_users (user_id);
CREATE INDEX index_review_queue_items_queue_id_status ON review_queue_items (queue_id, status);
CREATE INDEX index_review_queue_items_item_id ON review_queue_items (item_id);
CREATE INDEX index_review_queue_label_schemas_schema_id ON review_queue_label_schemas (schema_id);
CREATE INDEX idx_mcp_server_versions_latest ON mcp_server_versions (workspace, name, status, version_major DESC, version_minor DESC, version_patch DESC);
CREATE INDEX ix_mcp_access_endpoints_server_name ON mcp_access_endpoints (workspace, server_name);
CREATE INDEX ix_mcp_access_endpoints_version ON mcp_access_endpoints (workspace, server_name, server_version);
CREATE INDEX ix_mcp_access_endpoints_alias ON mcp_access_endpoints (workspace, server_name, server_alias);
CREATE INDEX idx_budget_policies_target_value ON budget_policies (target_value);
CREATE INDEX index_trace_info_experiment_id_timestamp_ms ON trace_info (experiment_id, timestamp_ms);
CREATE INDEX index_trace_info_timestamp_ms_request_id ON trace_info (timestamp_ms, request_id);
CREATE INDEX index_assessments_run_id_created_timestamp ON assessments (run_id, created_timestamp);
CREATE INDEX index_assessments_last_updated_timestamp ON assessments (last_updated_timestamp);
CREATE INDEX index_assessments_trace_id_created_timestamp ON assessments (trace_id, created_timestamp);
CREATE INDEX index_assessments_assessment_type ON assessments (assessment_type);
CREATE INDEX index_spans_experiment_id_duration ON spans (experiment_id, duration_ns);
CREATE INDEX index_spans_experiment_id_type_status ON spans (experiment_id, type, status);
CREATE INDEX index_spans_experiment_id_start_time ON spans (experiment_id, start_time_unix_nano);
CREATE INDEX index_spans_experiment_id_status_type ON spans (experiment_id, status, type);
CREATE INDEX index_trace_info_experiment_id_session_id ON trace_info (experiment_id, session_id);
CREATE INDEX idx_trace_rollups_lookup ON sql_trace_metric_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set, trace_status);
CREATE INDEX idx_span_cost_rollups_lookup ON sql_span_cost_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set, model_name, model_provider);
CREATE INDEX idx_assessment_rollups_lookup ON sql_assessment_daily_rollups (experiment_id, rollup_day, metric_name, grouping_set);
CREATE INDEX idx_spans_cost_trace_time_cover ON spans (trace_id, start_time_unix_nano);
CREATE INDEX idx_spans_cost_exp_time_cover ON spans (experiment_id, start_time_unix_nano);
CREATE INDEX idx_assessments_exp_trace_ts ON assessments (experiment_id, trace_timestamp_ms);
CREATE INDEX idx_assessments_exp_trace_ts_name ON assessments (experiment_id, trace_timestamp_ms, name);
CREATE INDEX idx_assessments_exp_name_valid ON assessments (experiment_id, name, valid);
CREATE INDEX index_job_locks_job_id ON job_locks (job_id);
CREATE INDEX index_jobs_status_lease_expires_at ON jobs (status, lease_expires_at);
COMMIT;
