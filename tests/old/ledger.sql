-- A ledger in a storage of Optuna 2.10.1: study "s", a trial in each of its two arms.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v2.6.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'s.none');
INSERT INTO "studies" VALUES(2,'s.dropout');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MAXIMIZE',2,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'fashion_bench','{"schema": 1, "study": "s", "kind": "study", "question": "Does it run?", "arm": "none", "arms": ["none", "dropout"], "planned": 8, "varying": ["dropout", "lr", "hidden"], "text": "\nname = \"s\"\nquestion = \"Does it run?\"\nseed = 3\nmodel = \"mlp\"\nepochs = 2\nrungs = [1, 2]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 500\nvalid_images = 200\n\n[nuisance]\nhidden = [16, 32]\nlr = { low = 1e-4, high = 1e-2, log = true }\n\n[arms.none]\ndropout = 0.0\n[arms.dropout]\ndropout = 0.3\n\n[search]\nsampler = \"random\"\ngeneration = 2\n\n[budget]\ntrials_per_arm = 4\n", "spec": {"name": "s", "question": "Does it run?", "model": "mlp", "epochs": 2, "rungs": [1, 2], "fixed": {"source": "synthetic", "train_images": 500, "valid_images": 200}, "seed": 3, "nuisance": {"hidden": [16, 32], "lr": {"low": 0.0001, "high": 0.01, "log": true}}, "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.3}}, "search": {"sampler": "random", "pruner": "none", "generation": 2}, "budget": {"trials_per_arm": 4}, "enqueue": [], "record": {"checkpoints": "all"}}, "layout": {"device": "cpu", "lanes": 1, "slab": [32, 100], "wanted": null}, "provenance": {"optuna": "2.10.1"}, "created_at": 1795439759.2592618}');
INSERT INTO "study_user_attributes" VALUES(2,2,'fashion_bench','{"schema": 1, "study": "s", "kind": "study", "question": "Does it run?", "arm": "dropout", "arms": ["none", "dropout"], "planned": 8, "varying": ["dropout", "lr", "hidden"], "text": "\nname = \"s\"\nquestion = \"Does it run?\"\nseed = 3\nmodel = \"mlp\"\nepochs = 2\nrungs = [1, 2]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 500\nvalid_images = 200\n\n[nuisance]\nhidden = [16, 32]\nlr = { low = 1e-4, high = 1e-2, log = true }\n\n[arms.none]\ndropout = 0.0\n[arms.dropout]\ndropout = 0.3\n\n[search]\nsampler = \"random\"\ngeneration = 2\n\n[budget]\ntrials_per_arm = 4\n", "spec": {"name": "s", "question": "Does it run?", "model": "mlp", "epochs": 2, "rungs": [1, 2], "fixed": {"source": "synthetic", "train_images": 500, "valid_images": 200}, "seed": 3, "nuisance": {"hidden": [16, 32], "lr": {"low": 0.0001, "high": 0.01, "log": true}}, "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.3}}, "search": {"sampler": "random", "pruner": "none", "generation": 2}, "budget": {"trials_per_arm": 4}, "enqueue": [], "record": {"checkpoints": "all"}}, "layout": {"device": "cpu", "lanes": 1, "slab": [32, 100], "wanted": null}, "provenance": {"optuna": "2.10.1"}, "created_at": 1795439759.2592618}');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,0.42);
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,0.705);
INSERT INTO "trial_intermediate_values" VALUES(3,2,1,0.585);
INSERT INTO "trial_intermediate_values" VALUES(4,2,2,0.835);
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32]}}');
INSERT INTO "trial_params" VALUES(2,1,'lr',6.00956171919090308131e-03,'{"name": "LogUniformDistribution", "attributes": {"low": 0.0001, "high": 0.01}}');
INSERT INTO "trial_params" VALUES(3,2,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32]}}');
INSERT INTO "trial_params" VALUES(4,2,'lr',8.843044701606158145e-03,'{"name": "LogUniformDistribution", "attributes": {"low": 0.0001, "high": 0.01}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(2,1,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(3,1,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(4,1,'record','{"study": "s", "arm": "none", "number": 0, "generation": 0, "trial_id": "s.none-0", "config": {"recipe": {"model": "mlp", "epochs": 2, "batch_size": 64, "source": "synthetic", "train_images": 500, "valid_images": 200}, "widths": [16, 100], "hyper": {"lr": 0.006009561719190903, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 1737992096, "split_seed": 3}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 100, "lr": 0.006009561719190903, "hidden": 16}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.0702821583747864, "train_accuracy": 0.212, "valid_loss": 1.4361743637919426, "valid_accuracy": 0.42, "seconds": 0.08169671399809886, "ended_at": 1795439771.1166568, "diverged": false}, {"epoch": 2, "train_loss": 1.1575324256718158, "train_accuracy": 0.58, "valid_loss": 0.8302240465953946, "valid_accuracy": 0.705, "seconds": 0.02202279699849896, "ended_at": 1795439771.4841259, "diverged": false}], "checkpoint_sha256": "1d6548771def7664a77d661dc8b6f5d97eecacdcfc98d49c0e3408d7001697ad", "ended_at": 1795439771.4841259, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(5,1,'seconds','12.308766345999175');
INSERT INTO "trial_user_attributes" VALUES(6,1,'trial_id','"s.none-0"');
INSERT INTO "trial_user_attributes" VALUES(7,2,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(8,2,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(9,2,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(10,2,'record','{"study": "s", "arm": "dropout", "number": 0, "generation": 0, "trial_id": "s.dropout-0", "config": {"recipe": {"model": "mlp", "epochs": 2, "batch_size": 64, "source": "synthetic", "train_images": 500, "valid_images": 200}, "widths": [16, 100], "hyper": {"lr": 0.008843044701606158, "dropout": 0.3, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 1737992096, "split_seed": 3}, "params": {"dropout": 0.3, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 100, "lr": 0.008843044701606158, "hidden": 16}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.0237865040525795, "train_accuracy": 0.246, "valid_loss": 1.2117166144400835, "valid_accuracy": 0.585, "seconds": 0.03182896300131688, "ended_at": 1795439771.226173, "diverged": false}, {"epoch": 2, "train_loss": 1.1777451727905133, "train_accuracy": 0.566, "valid_loss": 0.5920255627954611, "valid_accuracy": 0.835, "seconds": 0.013516038998204749, "ended_at": 1795439771.5384333, "diverged": false}], "checkpoint_sha256": "ec84ae5f52ed48eb0e4c7cbc7f2979e55a28b9dca0c588e408c6287cddba6992", "ended_at": 1795439771.5384333, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(11,2,'seconds','12.308766345999175');
INSERT INTO "trial_user_attributes" VALUES(12,2,'trial_id','"s.dropout-0"');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,0.705);
INSERT INTO "trial_values" VALUES(2,2,0,0.835);
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-23 13:17:13.587492','2026-11-23 13:17:13.587492');
INSERT INTO "trials" VALUES(2,0,2,'COMPLETE','2026-11-23 13:17:13.691509','2026-11-23 13:17:13.691509');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'2.10.1');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
COMMIT;
