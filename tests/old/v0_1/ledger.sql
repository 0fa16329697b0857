BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'finished.none');
INSERT INTO "studies" VALUES(2,'finished.dropout');
INSERT INTO "studies" VALUES(3,'measured.none');
INSERT INTO "studies" VALUES(4,'measured.dropout');
INSERT INTO "studies" VALUES(5,'stopped.none');
INSERT INTO "studies" VALUES(6,'stopped.dropout');
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
INSERT INTO "study_directions" VALUES(3,'MAXIMIZE',3,0);
INSERT INTO "study_directions" VALUES(4,'MAXIMIZE',4,0);
INSERT INTO "study_directions" VALUES(5,'MAXIMIZE',5,0);
INSERT INTO "study_directions" VALUES(6,'MAXIMIZE',6,0);
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
INSERT INTO "study_user_attributes" VALUES(1,1,'fashion_bench','{"schema": 1, "study": "finished", "kind": "study", "question": "Does dropout help a network of two units?", "arm": "none", "arms": ["none", "dropout"], "planned": 8, "varying": ["dropout", "lr", "hidden"], "text": "# Which width is best for a network so small that it fits into a test?\nname = \"finished\"\nquestion = \"Does dropout help a network of two units?\"\nseed = 1\nmodel = \"mlp\"\nepochs = 3\nrungs = [1]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 320\nvalid_images = 160\nhidden2 = 2\n\n[nuisance]\nhidden = [1, 2]\nlr = { low = 1e-3, high = 1e-1, log = true }\n\n[arms.none]\ndropout = 0.0\n\n[arms.dropout]\ndropout = { low = 0.1, high = 0.5 }\n\n[search]\nsampler = \"tpe\"\npruner = \"halving\"\neta = 2\ngeneration = 2\nstartup = 2\n\n[budget]\ntrials_per_arm = 4\n\n[[enqueue]]\nlr = 0.01\n", "spec": {"name": "finished", "question": "Does dropout help a network of two units?", "model": "mlp", "epochs": 3, "rungs": [1], "fixed": {"source": "synthetic", "train_images": 320, "valid_images": 160, "hidden2": 2}, "seed": 1, "nuisance": {"hidden": [1, 2], "lr": {"low": 0.001, "high": 0.1, "log": true}}, "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": {"low": 0.1, "high": 0.5, "log": false}}}, "search": {"sampler": "tpe", "pruner": "halving", "generation": 2, "startup": 2, "eta": 2}, "budget": {"trials_per_arm": 4}, "enqueue": [{"lr": 0.01}], "record": {"checkpoints": "all"}}, "layout": {"device": "cpu", "lanes": 1, "slab": [2, 2], "wanted": null}, "provenance": {"git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "python": "3.11.7", "fashion-bench": "0.1.0", "torch": "2.14.1", "optuna": "5.0.0", "mlflow": "3.17.2", "numpy": "2.4.6", "device": "cpu (x86-64)", "data_digest": "df9996c2325bc046"}, "created_at": 1795644018.0453796}');
INSERT INTO "study_user_attributes" VALUES(2,2,'fashion_bench','{"schema": 1, "study": "finished", "kind": "study", "question": "Does dropout help a network of two units?", "arm": "dropout", "arms": ["none", "dropout"], "planned": 8, "varying": ["dropout", "lr", "hidden"], "text": "# Which width is best for a network so small that it fits into a test?\nname = \"finished\"\nquestion = \"Does dropout help a network of two units?\"\nseed = 1\nmodel = \"mlp\"\nepochs = 3\nrungs = [1]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 320\nvalid_images = 160\nhidden2 = 2\n\n[nuisance]\nhidden = [1, 2]\nlr = { low = 1e-3, high = 1e-1, log = true }\n\n[arms.none]\ndropout = 0.0\n\n[arms.dropout]\ndropout = { low = 0.1, high = 0.5 }\n\n[search]\nsampler = \"tpe\"\npruner = \"halving\"\neta = 2\ngeneration = 2\nstartup = 2\n\n[budget]\ntrials_per_arm = 4\n\n[[enqueue]]\nlr = 0.01\n", "spec": {"name": "finished", "question": "Does dropout help a network of two units?", "model": "mlp", "epochs": 3, "rungs": [1], "fixed": {"source": "synthetic", "train_images": 320, "valid_images": 160, "hidden2": 2}, "seed": 1, "nuisance": {"hidden": [1, 2], "lr": {"low": 0.001, "high": 0.1, "log": true}}, "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": {"low": 0.1, "high": 0.5, "log": false}}}, "search": {"sampler": "tpe", "pruner": "halving", "generation": 2, "startup": 2, "eta": 2}, "budget": {"trials_per_arm": 4}, "enqueue": [{"lr": 0.01}], "record": {"checkpoints": "all"}}, "layout": {"device": "cpu", "lanes": 1, "slab": [2, 2], "wanted": null}, "provenance": {"git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "python": "3.11.7", "fashion-bench": "0.1.0", "torch": "2.14.1", "optuna": "5.0.0", "mlflow": "3.17.2", "numpy": "2.4.6", "device": "cpu (x86-64)", "data_digest": "df9996c2325bc046"}, "created_at": 1795644018.0453796}');
INSERT INTO "study_user_attributes" VALUES(3,3,'fashion_bench','{"schema": 1, "study": "measured", "kind": "experiment", "question": "Does dropout help a network of one unit?", "arm": "none", "arms": ["none", "dropout"], "planned": 4, "varying": ["dropout"], "text": "# How far do seeds move a network of one unit?\nname = \"measured\"\nquestion = \"Does dropout help a network of one unit?\"\nmodel = \"mlp\"\nepochs = 2\nseeds = [1, 2]\ntests = [\"plain\", \"rotated\"]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 320\nvalid_images = 160\nhidden = 1\nhidden2 = 1\nlr = 0.05\n\n[arms.none]\ndropout = 0.0\n\n[arms.dropout]\ndropout = 0.4\n", "spec": {"name": "measured", "question": "Does dropout help a network of one unit?", "model": "mlp", "epochs": 2, "rungs": [], "fixed": {"source": "synthetic", "train_images": 320, "valid_images": 160, "hidden": 1, "hidden2": 1, "lr": 0.05}, "seeds": [1, 2], "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.4}}, "tests": ["plain", "rotated"]}, "layout": {"device": "cpu", "lanes": 1, "slab": [1, 1], "wanted": null}, "provenance": {"git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "python": "3.11.7", "fashion-bench": "0.1.0", "torch": "2.14.1", "optuna": "5.0.0", "mlflow": "3.17.2", "numpy": "2.4.6", "device": "cpu (x86-64)", "data_digest": "df9996c2325bc046"}, "created_at": 1795644045.0374312}');
INSERT INTO "study_user_attributes" VALUES(4,4,'fashion_bench','{"schema": 1, "study": "measured", "kind": "experiment", "question": "Does dropout help a network of one unit?", "arm": "dropout", "arms": ["none", "dropout"], "planned": 4, "varying": ["dropout"], "text": "# How far do seeds move a network of one unit?\nname = \"measured\"\nquestion = \"Does dropout help a network of one unit?\"\nmodel = \"mlp\"\nepochs = 2\nseeds = [1, 2]\ntests = [\"plain\", \"rotated\"]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 320\nvalid_images = 160\nhidden = 1\nhidden2 = 1\nlr = 0.05\n\n[arms.none]\ndropout = 0.0\n\n[arms.dropout]\ndropout = 0.4\n", "spec": {"name": "measured", "question": "Does dropout help a network of one unit?", "model": "mlp", "epochs": 2, "rungs": [], "fixed": {"source": "synthetic", "train_images": 320, "valid_images": 160, "hidden": 1, "hidden2": 1, "lr": 0.05}, "seeds": [1, 2], "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.4}}, "tests": ["plain", "rotated"]}, "layout": {"device": "cpu", "lanes": 1, "slab": [1, 1], "wanted": null}, "provenance": {"git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "python": "3.11.7", "fashion-bench": "0.1.0", "torch": "2.14.1", "optuna": "5.0.0", "mlflow": "3.17.2", "numpy": "2.4.6", "device": "cpu (x86-64)", "data_digest": "df9996c2325bc046"}, "created_at": 1795644045.0374312}');
INSERT INTO "study_user_attributes" VALUES(5,3,'openings','[{"opened_at": 1795644056.4204986, "git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "digests": {"plain": "1c5ff517fa452194", "rotated": "5c62ee2ffff86b1d"}, "reason": ""}]');
INSERT INTO "study_user_attributes" VALUES(6,3,'scores','{"measured.none-0": {"plain": {"loss": 2.331178796298887, "accuracy": 0.0965, "images": 10000, "measured_at": 1795644056.4931686, "opening": 1, "predictions_sha256": "3c0494a389f6dae6062a45407af85e560286e7911885d0122a3490aa68a8db99"}, "rotated": {"loss": 2.331178796298887, "accuracy": 0.0965, "images": 10000, "measured_at": 1795644056.5242682, "opening": 1, "predictions_sha256": "3c0494a389f6dae6062a45407af85e560286e7911885d0122a3490aa68a8db99"}}, "measured.none-1": {"plain": {"loss": 2.345355672842398, "accuracy": 0.0942, "images": 10000, "measured_at": 1795644056.55461, "opening": 1, "predictions_sha256": "4def3f6e12f0fbf33c0d61c9f364257fac542208072de178bbada6a7801a5b35"}, "rotated": {"loss": 2.345355672842398, "accuracy": 0.0942, "images": 10000, "measured_at": 1795644056.5842211, "opening": 1, "predictions_sha256": "4def3f6e12f0fbf33c0d61c9f364257fac542208072de178bbada6a7801a5b35"}}}');
INSERT INTO "study_user_attributes" VALUES(7,4,'scores','{"measured.dropout-0": {"plain": {"loss": 2.2933438009393714, "accuracy": 0.0965, "images": 10000, "measured_at": 1795644056.62877, "opening": 1, "predictions_sha256": "8b11cb0e84886054ad9cc93fb2dc7cade78813fe78378ea7bb091226ed0f2127"}, "rotated": {"loss": 2.3261062886958803, "accuracy": 0.0965, "images": 10000, "measured_at": 1795644056.6603472, "opening": 1, "predictions_sha256": "deae13cde9752039524f641469105128f01b615f8fd8ff50d9ed123687e32692"}}, "measured.dropout-1": {"plain": {"loss": 2.345355672842398, "accuracy": 0.0942, "images": 10000, "measured_at": 1795644056.6929407, "opening": 1, "predictions_sha256": "4def3f6e12f0fbf33c0d61c9f364257fac542208072de178bbada6a7801a5b35"}, "rotated": {"loss": 2.345355672842398, "accuracy": 0.0942, "images": 10000, "measured_at": 1795644056.7249494, "opening": 1, "predictions_sha256": "4def3f6e12f0fbf33c0d61c9f364257fac542208072de178bbada6a7801a5b35"}}}');
INSERT INTO "study_user_attributes" VALUES(8,5,'fashion_bench','{"schema": 1, "study": "stopped", "kind": "study", "question": "Does dropout help a network of two units?", "arm": "none", "arms": ["none", "dropout"], "planned": 8, "varying": ["dropout", "lr", "hidden"], "text": "# Which width is best for a network so small that it fits into a test?\nname = \"stopped\"\nquestion = \"Does dropout help a network of two units?\"\nseed = 2\nmodel = \"mlp\"\nepochs = 3\nrungs = [1]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 320\nvalid_images = 160\nhidden2 = 2\n\n[nuisance]\nhidden = [1, 2]\nlr = { low = 1e-3, high = 1e-1, log = true }\n\n[arms.none]\ndropout = 0.0\n\n[arms.dropout]\ndropout = { low = 0.1, high = 0.5 }\n\n[search]\nsampler = \"tpe\"\npruner = \"halving\"\neta = 2\ngeneration = 2\nstartup = 2\n\n[budget]\ntrials_per_arm = 4\n\n[[enqueue]]\nlr = 0.01\n", "spec": {"name": "stopped", "question": "Does dropout help a network of two units?", "model": "mlp", "epochs": 3, "rungs": [1], "fixed": {"source": "synthetic", "train_images": 320, "valid_images": 160, "hidden2": 2}, "seed": 2, "nuisance": {"hidden": [1, 2], "lr": {"low": 0.001, "high": 0.1, "log": true}}, "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": {"low": 0.1, "high": 0.5, "log": false}}}, "search": {"sampler": "tpe", "pruner": "halving", "generation": 2, "startup": 2, "eta": 2}, "budget": {"trials_per_arm": 4}, "enqueue": [{"lr": 0.01}], "record": {"checkpoints": "all"}}, "layout": {"device": "cpu", "lanes": 1, "slab": [2, 2], "wanted": null}, "provenance": {"git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "python": "3.11.7", "fashion-bench": "0.1.0", "torch": "2.14.1", "optuna": "5.0.0", "mlflow": "3.17.2", "numpy": "2.4.6", "device": "cpu (x86-64)", "data_digest": "df9996c2325bc046"}, "created_at": 1795644066.268707}');
INSERT INTO "study_user_attributes" VALUES(9,6,'fashion_bench','{"schema": 1, "study": "stopped", "kind": "study", "question": "Does dropout help a network of two units?", "arm": "dropout", "arms": ["none", "dropout"], "planned": 8, "varying": ["dropout", "lr", "hidden"], "text": "# Which width is best for a network so small that it fits into a test?\nname = \"stopped\"\nquestion = \"Does dropout help a network of two units?\"\nseed = 2\nmodel = \"mlp\"\nepochs = 3\nrungs = [1]\n\n[fixed]\nsource = \"synthetic\"\ntrain_images = 320\nvalid_images = 160\nhidden2 = 2\n\n[nuisance]\nhidden = [1, 2]\nlr = { low = 1e-3, high = 1e-1, log = true }\n\n[arms.none]\ndropout = 0.0\n\n[arms.dropout]\ndropout = { low = 0.1, high = 0.5 }\n\n[search]\nsampler = \"tpe\"\npruner = \"halving\"\neta = 2\ngeneration = 2\nstartup = 2\n\n[budget]\ntrials_per_arm = 4\n\n[[enqueue]]\nlr = 0.01\n", "spec": {"name": "stopped", "question": "Does dropout help a network of two units?", "model": "mlp", "epochs": 3, "rungs": [1], "fixed": {"source": "synthetic", "train_images": 320, "valid_images": 160, "hidden2": 2}, "seed": 2, "nuisance": {"hidden": [1, 2], "lr": {"low": 0.001, "high": 0.1, "log": true}}, "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": {"low": 0.1, "high": 0.5, "log": false}}}, "search": {"sampler": "tpe", "pruner": "halving", "generation": 2, "startup": 2, "eta": 2}, "budget": {"trials_per_arm": 4}, "enqueue": [{"lr": 0.01}], "record": {"checkpoints": "all"}}, "layout": {"device": "cpu", "lanes": 1, "slab": [2, 2], "wanted": null}, "provenance": {"git_commit": "7f6d905153ab781ff72d940fad1fd0fc9102861e", "python": "3.11.7", "fashion-bench": "0.1.0", "torch": "2.14.1", "optuna": "5.0.0", "mlflow": "3.17.2", "numpy": "2.4.6", "device": "cpu (x86-64)", "data_digest": "df9996c2325bc046"}, "created_at": 1795644066.268707}');
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
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,0.1625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,2,1,0.2125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,2,2,0.225,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,3,0.225,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,3,1,0.1625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,3,2,0.1625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,3,3,0.1625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,4,1,0.14375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,5,1,0.06875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,5,2,0.0875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,5,3,0.14375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,6,1,0.06875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,7,1,0.06875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,7,2,0.06875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,7,3,0.06875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,8,1,0.06875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,9,1,0.08125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,9,2,0.08125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,10,1,0.11875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(20,10,2,0.08125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(21,11,1,0.08125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(22,11,2,0.08125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(23,12,1,0.11875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(24,12,2,0.08125,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(25,13,1,0.10625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(26,13,2,0.10625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(27,13,3,0.10625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(28,14,1,0.09375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(29,15,1,0.10625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(30,16,1,0.14375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(31,16,2,0.0625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(32,16,3,0.08125,'FINITE');
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
INSERT INTO "trial_params" VALUES(1,1,'lr',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(2,1,'hidden',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(3,2,'lr',1.00920122495968510312e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(4,2,'hidden',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(5,3,'lr',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(6,3,'dropout',3.96551588788822240161e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(7,3,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(8,4,'lr',3.15576132398236938736e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(9,4,'dropout',2.03895138427700128858e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(10,4,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(11,5,'lr',7.49658592733938450303e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(12,5,'hidden',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(13,6,'lr',1.59685923670723796397e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(14,6,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(15,7,'lr',3.3408530696069581832e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(16,7,'dropout',4.80063783640873764646e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(17,7,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(18,8,'lr',1.4328822451459063015e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(19,8,'dropout',1.47638630878589471873e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(20,8,'hidden',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(21,13,'lr',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(22,13,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(23,14,'lr',1.5518476687462423591e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(24,14,'hidden',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(25,15,'lr',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(26,15,'dropout',2.94567689247114405937e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(27,15,'hidden',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(28,16,'lr',8.05843326621664551856e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(29,16,'dropout',3.21635982615791626848e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(30,16,'hidden',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"lr": 0.01}');
INSERT INTO "trial_system_attributes" VALUES(2,3,'fixed_params','{"lr": 0.01}');
INSERT INTO "trial_system_attributes" VALUES(3,5,'tpe:relative_params:0','"{\"hidden\": 2, \"lr\": 0.07496585927339385}"');
INSERT INTO "trial_system_attributes" VALUES(4,6,'tpe:relative_params:0','"{\"hidden\": 1, \"lr\": 0.001596859236707238}"');
INSERT INTO "trial_system_attributes" VALUES(5,7,'tpe:relative_params:0','"{\"dropout\": 0.48006378364087376, \"hidden\": 1, \"lr\": 0.003340853069606958}"');
INSERT INTO "trial_system_attributes" VALUES(6,8,'tpe:relative_params:0','"{\"dropout\": 0.14763863087858947, \"hidden\": 2, \"lr\": 0.0014328822451459063}"');
INSERT INTO "trial_system_attributes" VALUES(7,13,'fixed_params','{"lr": 0.01}');
INSERT INTO "trial_system_attributes" VALUES(8,15,'fixed_params','{"lr": 0.01}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'trial_id','"finished.none-0"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(3,1,'outcome','"pruned"');
INSERT INTO "trial_user_attributes" VALUES(4,1,'record','{"study": "finished", "arm": "none", "number": 0, "generation": 0, "trial_id": "finished.none-0", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [2, 2], "hyper": {"lr": 0.01, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 421547810, "split_seed": 1}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.01, "hidden": 2}, "outcome": "pruned", "reason": "Stopped at a rung: other trials of its arm were ahead.", "history": [{"epoch": 1, "train_loss": 2.321831699833274, "train_accuracy": 0.09375, "valid_loss": 2.200822377204895, "valid_accuracy": 0.1625, "seconds": 0.020697336000012, "ended_at": 1795644021.2827632, "diverged": false}], "checkpoint_sha256": "11480a5c38f95806dc95f282328f963d77136187cc72f23ff1d824e11853e125", "ended_at": 1795644021.2827632, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(5,1,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(6,1,'seconds','3.511576916000081');
INSERT INTO "trial_user_attributes" VALUES(7,2,'trial_id','"finished.none-1"');
INSERT INTO "trial_user_attributes" VALUES(8,2,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(9,2,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(10,2,'record','{"study": "finished", "arm": "none", "number": 1, "generation": 0, "trial_id": "finished.none-1", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [2, 2], "hyper": {"lr": 0.010092012249596851, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 699753212, "split_seed": 1}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.010092012249596851, "hidden": 2}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.1748628625646234, "train_accuracy": 0.2, "valid_loss": 2.1743090765550734, "valid_accuracy": 0.2125, "seconds": 0.00916865500005315, "ended_at": 1795644021.3586333, "diverged": false}, {"epoch": 2, "train_loss": 2.0022487613372504, "train_accuracy": 0.221875, "valid_loss": 2.10430494453758, "valid_accuracy": 0.225, "seconds": 0.013730194000004303, "ended_at": 1795644021.5870192, "diverged": false}, {"epoch": 3, "train_loss": 1.946335252840072, "train_accuracy": 0.23125, "valid_loss": 2.109368808288127, "valid_accuracy": 0.225, "seconds": 0.006928680999976677, "ended_at": 1795644021.593947, "diverged": false}], "checkpoint_sha256": "6d3852478d178193261ce4eca3aec546a9ca49fae491d96d929a01b2b9eaa05f", "ended_at": 1795644021.593947, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(11,2,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(12,2,'seconds','3.511576916000081');
INSERT INTO "trial_user_attributes" VALUES(13,3,'trial_id','"finished.dropout-0"');
INSERT INTO "trial_user_attributes" VALUES(14,3,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(15,3,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(16,3,'record','{"study": "finished", "arm": "dropout", "number": 0, "generation": 0, "trial_id": "finished.dropout-0", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 2], "hyper": {"lr": 0.01, "dropout": 0.39655158878882224, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 421547810, "split_seed": 1}, "params": {"weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.01, "dropout": 0.39655158878882224, "hidden": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.345707745850086, "train_accuracy": 0.09375, "valid_loss": 2.3016988590359686, "valid_accuracy": 0.1625, "seconds": 0.031062144999964403, "ended_at": 1795644021.4738789, "diverged": false}, {"epoch": 2, "train_loss": 2.3310550794005396, "train_accuracy": 0.09375, "valid_loss": 2.297162714600563, "valid_accuracy": 0.1625, "seconds": 0.00800902900004985, "ended_at": 1795644021.6482885, "diverged": false}, {"epoch": 3, "train_loss": 2.323517982289195, "train_accuracy": 0.09375, "valid_loss": 2.292388728260994, "valid_accuracy": 0.1625, "seconds": 0.006730550999918705, "ended_at": 1795644021.6550229, "diverged": false}], "checkpoint_sha256": "aea90ed2bde4bb8c0c0d70ea3e29dbf8bf6a63eb6dab2c52b653eee757aecf24", "ended_at": 1795644021.6550229, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(17,3,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(18,3,'seconds','3.511576916000081');
INSERT INTO "trial_user_attributes" VALUES(19,4,'trial_id','"finished.dropout-1"');
INSERT INTO "trial_user_attributes" VALUES(20,4,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(21,4,'outcome','"pruned"');
INSERT INTO "trial_user_attributes" VALUES(22,4,'record','{"study": "finished", "arm": "dropout", "number": 1, "generation": 0, "trial_id": "finished.dropout-1", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 2], "hyper": {"lr": 0.031557613239823694, "dropout": 0.20389513842770013, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 699753212, "split_seed": 1}, "params": {"weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.031557613239823694, "dropout": 0.20389513842770013, "hidden": 1}, "outcome": "pruned", "reason": "Stopped at a rung: other trials of its arm were ahead.", "history": [{"epoch": 1, "train_loss": 2.333497579023242, "train_accuracy": 0.1125, "valid_loss": 2.3528208911418913, "valid_accuracy": 0.14375, "seconds": 0.008610282000063307, "ended_at": 1795644021.517296, "diverged": false}], "checkpoint_sha256": "a53ecdd7fddc39dba8c70749b4a916e62c22b411fb436192a59feaf765728702", "ended_at": 1795644021.517296, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(23,4,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(24,4,'seconds','3.511576916000081');
INSERT INTO "trial_user_attributes" VALUES(25,5,'trial_id','"finished.none-2"');
INSERT INTO "trial_user_attributes" VALUES(26,5,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(27,5,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(28,5,'record','{"study": "finished", "arm": "none", "number": 2, "generation": 1, "trial_id": "finished.none-2", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [2, 2], "hyper": {"lr": 0.07496585927339385, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 1791960469, "split_seed": 1}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.07496585927339385, "hidden": 2}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.3263443361967804, "train_accuracy": 0.109375, "valid_loss": 2.332802963256836, "valid_accuracy": 0.06875, "seconds": 0.038431020999951215, "ended_at": 1795644021.783762, "diverged": false}, {"epoch": 2, "train_loss": 2.298367603868246, "train_accuracy": 0.1, "valid_loss": 2.306501831114292, "valid_accuracy": 0.0875, "seconds": 0.013856189999955859, "ended_at": 1795644022.0754228, "diverged": false}, {"epoch": 3, "train_loss": 2.2964782252907754, "train_accuracy": 0.103125, "valid_loss": 2.289778085052967, "valid_accuracy": 0.14375, "seconds": 0.009809380999968198, "ended_at": 1795644022.0852315, "diverged": false}], "checkpoint_sha256": "b05ffc2016c918e338967465b76d3320baf004babfeac574ccd324a1d2f20f89", "ended_at": 1795644022.0852315, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(29,5,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(30,5,'seconds','0.49717220499996984');
INSERT INTO "trial_user_attributes" VALUES(31,6,'trial_id','"finished.none-3"');
INSERT INTO "trial_user_attributes" VALUES(32,6,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(33,6,'outcome','"pruned"');
INSERT INTO "trial_user_attributes" VALUES(34,6,'record','{"study": "finished", "arm": "none", "number": 3, "generation": 1, "trial_id": "finished.none-3", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 2], "hyper": {"lr": 0.001596859236707238, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 66745204, "split_seed": 1}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.001596859236707238, "hidden": 1}, "outcome": "pruned", "reason": "Stopped at a rung: other trials of its arm were ahead.", "history": [{"epoch": 1, "train_loss": 2.3824088376015427, "train_accuracy": 0.109375, "valid_loss": 2.468222604691982, "valid_accuracy": 0.06875, "seconds": 0.023205312999948546, "ended_at": 1795644021.8537142, "diverged": false}], "checkpoint_sha256": "b816e1c912d8d69130b2111ce2f36cc93c44ea5cc3938c3c89fa09687f8b7973", "ended_at": 1795644021.8537142, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(35,6,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(36,6,'seconds','0.49717220499996984');
INSERT INTO "trial_user_attributes" VALUES(37,7,'trial_id','"finished.dropout-2"');
INSERT INTO "trial_user_attributes" VALUES(38,7,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(39,7,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(40,7,'record','{"study": "finished", "arm": "dropout", "number": 2, "generation": 1, "trial_id": "finished.dropout-2", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 2], "hyper": {"lr": 0.003340853069606958, "dropout": 0.48006378364087376, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 1791960469, "split_seed": 1}, "params": {"weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.003340853069606958, "dropout": 0.48006378364087376, "hidden": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.3289006654173137, "train_accuracy": 0.109375, "valid_loss": 2.400108303874731, "valid_accuracy": 0.06875, "seconds": 0.02291711199995916, "ended_at": 1795644021.96934, "diverged": false}, {"epoch": 2, "train_loss": 2.326412110775709, "train_accuracy": 0.109375, "valid_loss": 2.3965427234768866, "valid_accuracy": 0.06875, "seconds": 0.014717958999995062, "ended_at": 1795644022.1427948, "diverged": false}, {"epoch": 3, "train_loss": 2.3246379785239695, "train_accuracy": 0.109375, "valid_loss": 2.3925389625132083, "valid_accuracy": 0.06875, "seconds": 0.009655643999963104, "ended_at": 1795644022.1524513, "diverged": false}], "checkpoint_sha256": "edff5bc433930e5121b24292d018f1ef7123ab5cbd0cd205d9d2ef2e915f0a7a", "ended_at": 1795644022.1524513, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(41,7,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(42,7,'seconds','0.49717220499996984');
INSERT INTO "trial_user_attributes" VALUES(43,8,'trial_id','"finished.dropout-3"');
INSERT INTO "trial_user_attributes" VALUES(44,8,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(45,8,'outcome','"pruned"');
INSERT INTO "trial_user_attributes" VALUES(46,8,'record','{"study": "finished", "arm": "dropout", "number": 3, "generation": 1, "trial_id": "finished.dropout-3", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [2, 2], "hyper": {"lr": 0.0014328822451459063, "dropout": 0.14763863087858947, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 66745204, "split_seed": 1}, "params": {"weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.0014328822451459063, "dropout": 0.14763863087858947, "hidden": 2}, "outcome": "pruned", "reason": "Stopped at a rung: other trials of its arm were ahead.", "history": [{"epoch": 1, "train_loss": 2.3858746092766525, "train_accuracy": 0.109375, "valid_loss": 2.444076507538557, "valid_accuracy": 0.06875, "seconds": 0.014830548999952953, "ended_at": 1795644022.0218163, "diverged": false}], "checkpoint_sha256": "440607031851b31e0615b783e2aa42c391783cbe9a76480bf07f2df86046d6d8", "ended_at": 1795644022.0218163, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(47,8,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(48,8,'seconds','0.49717220499996984');
INSERT INTO "trial_user_attributes" VALUES(49,9,'trial_id','"measured.none-0"');
INSERT INTO "trial_user_attributes" VALUES(50,9,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(51,9,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(52,9,'record','{"study": "measured", "arm": "none", "number": 0, "generation": 0, "trial_id": "measured.none-0", "config": {"recipe": {"model": "mlp", "epochs": 2, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 1], "hyper": {"lr": 0.05, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 1, "split_seed": 1}, "params": {"lr": 0.05, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden": 1, "hidden2": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.4359929870814083, "train_accuracy": 0.084375, "valid_loss": 2.441440673917532, "valid_accuracy": 0.08125, "seconds": 0.01471496399994976, "ended_at": 1795644048.9973083, "diverged": false}, {"epoch": 2, "train_loss": 2.3657634645700454, "train_accuracy": 0.084375, "valid_loss": 2.362549053877592, "valid_accuracy": 0.08125, "seconds": 0.014789552000024742, "ended_at": 1795644049.012099, "diverged": false}], "checkpoint_sha256": "a37b636f7a1555df3e4782102dde8d58ef0c102460c3feae16a21ea1d927ef2f", "ended_at": 1795644049.012099, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(53,9,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(54,9,'seconds','4.0741422270000385');
INSERT INTO "trial_user_attributes" VALUES(55,10,'trial_id','"measured.none-1"');
INSERT INTO "trial_user_attributes" VALUES(56,10,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(57,10,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(58,10,'record','{"study": "measured", "arm": "none", "number": 1, "generation": 0, "trial_id": "measured.none-1", "config": {"recipe": {"model": "mlp", "epochs": 2, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 1], "hyper": {"lr": 0.05, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 2, "split_seed": 2}, "params": {"lr": 0.05, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden": 1, "hidden2": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.4226452857255936, "train_accuracy": 0.09375, "valid_loss": 2.3713324047625064, "valid_accuracy": 0.11875, "seconds": 0.01914840400002049, "ended_at": 1795644049.0687017, "diverged": false}, {"epoch": 2, "train_loss": 2.354832634329796, "train_accuracy": 0.1125, "valid_loss": 2.3314212590456007, "valid_accuracy": 0.08125, "seconds": 0.008552223000037884, "ended_at": 1795644049.0772536, "diverged": false}], "checkpoint_sha256": "2bdf1618041693abcf47ad10c7eae77ed3592e42575aa93bc05c57a3fc814349", "ended_at": 1795644049.0772536, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(59,10,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(60,10,'seconds','4.0741422270000385');
INSERT INTO "trial_user_attributes" VALUES(61,11,'trial_id','"measured.dropout-0"');
INSERT INTO "trial_user_attributes" VALUES(62,11,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(63,11,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(64,11,'record','{"study": "measured", "arm": "dropout", "number": 0, "generation": 0, "trial_id": "measured.dropout-0", "config": {"recipe": {"model": "mlp", "epochs": 2, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 1], "hyper": {"lr": 0.05, "dropout": 0.4, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 1, "split_seed": 1}, "params": {"lr": 0.05, "dropout": 0.4, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden": 1, "hidden2": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.4266104698181152, "train_accuracy": 0.084375, "valid_loss": 2.3838790811598303, "valid_accuracy": 0.08125, "seconds": 0.010088993000067603, "ended_at": 1795644049.1122904, "diverged": false}, {"epoch": 2, "train_loss": 2.3345941372215746, "train_accuracy": 0.084375, "valid_loss": 2.2999317318201067, "valid_accuracy": 0.08125, "seconds": 0.015045230999930936, "ended_at": 1795644049.1273365, "diverged": false}], "checkpoint_sha256": "6565565a140c412332a40dcc8922f971c840dea40cd9b820aec62986bd356f38", "ended_at": 1795644049.1273365, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(65,11,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(66,11,'seconds','4.0741422270000385');
INSERT INTO "trial_user_attributes" VALUES(67,12,'trial_id','"measured.dropout-1"');
INSERT INTO "trial_user_attributes" VALUES(68,12,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(69,12,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(70,12,'record','{"study": "measured", "arm": "dropout", "number": 1, "generation": 0, "trial_id": "measured.dropout-1", "config": {"recipe": {"model": "mlp", "epochs": 2, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 1], "hyper": {"lr": 0.05, "dropout": 0.4, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 2, "split_seed": 2}, "params": {"lr": 0.05, "dropout": 0.4, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden": 1, "hidden2": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.4226452857255936, "train_accuracy": 0.09375, "valid_loss": 2.3713324047625064, "valid_accuracy": 0.11875, "seconds": 0.013490816999933486, "ended_at": 1795644049.160089, "diverged": false}, {"epoch": 2, "train_loss": 2.354832634329796, "train_accuracy": 0.1125, "valid_loss": 2.3314212590456007, "valid_accuracy": 0.08125, "seconds": 0.014290851000055227, "ended_at": 1795644049.174381, "diverged": false}], "checkpoint_sha256": "2bdf1618041693abcf47ad10c7eae77ed3592e42575aa93bc05c57a3fc814349", "ended_at": 1795644049.174381, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(71,12,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(72,12,'seconds','4.0741422270000385');
INSERT INTO "trial_user_attributes" VALUES(73,13,'trial_id','"stopped.none-0"');
INSERT INTO "trial_user_attributes" VALUES(74,13,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(75,13,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(76,13,'record','{"study": "stopped", "arm": "none", "number": 0, "generation": 0, "trial_id": "stopped.none-0", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 2], "hyper": {"lr": 0.01, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 311757863, "split_seed": 2}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.01, "hidden": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.3464324716478586, "train_accuracy": 0.096875, "valid_loss": 2.33426870778203, "valid_accuracy": 0.10625, "seconds": 0.005548482999984117, "ended_at": 1795644068.875861, "diverged": false}, {"epoch": 2, "train_loss": 2.3358826957643033, "train_accuracy": 0.096875, "valid_loss": 2.329519459605217, "valid_accuracy": 0.10625, "seconds": 0.01021631100002196, "ended_at": 1795644069.0193815, "diverged": false}, {"epoch": 3, "train_loss": 2.328008394688368, "train_accuracy": 0.096875, "valid_loss": 2.325786978006363, "valid_accuracy": 0.10625, "seconds": 0.008252893999951993, "ended_at": 1795644069.0276349, "diverged": false}], "checkpoint_sha256": "16d3e915dcf152c0456229307a7ab9751039f11ac4a5ec3145304d3581d71465", "ended_at": 1795644069.0276349, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(77,13,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(78,13,'seconds','2.7397246560000212');
INSERT INTO "trial_user_attributes" VALUES(79,14,'trial_id','"stopped.none-1"');
INSERT INTO "trial_user_attributes" VALUES(80,14,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(81,14,'outcome','"pruned"');
INSERT INTO "trial_user_attributes" VALUES(82,14,'record','{"study": "stopped", "arm": "none", "number": 1, "generation": 0, "trial_id": "stopped.none-1", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [2, 2], "hyper": {"lr": 0.015518476687462424, "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 2022235174, "split_seed": 2}, "params": {"dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.015518476687462424, "hidden": 2}, "outcome": "pruned", "reason": "Stopped at a rung: other trials of its arm were ahead.", "history": [{"epoch": 1, "train_loss": 2.3387609504163267, "train_accuracy": 0.109375, "valid_loss": 2.3518002428114415, "valid_accuracy": 0.09375, "seconds": 0.009546551000084946, "ended_at": 1795644068.906062, "diverged": false}], "checkpoint_sha256": "52e4eaee76a51b6de2c92075b54b487d9525109796ce1c60c0aa090caa7c0b61", "ended_at": 1795644068.906062, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(83,14,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(84,14,'seconds','2.7397246560000212');
INSERT INTO "trial_user_attributes" VALUES(85,15,'trial_id','"stopped.dropout-0"');
INSERT INTO "trial_user_attributes" VALUES(86,15,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(87,15,'outcome','"pruned"');
INSERT INTO "trial_user_attributes" VALUES(88,15,'record','{"study": "stopped", "arm": "dropout", "number": 0, "generation": 0, "trial_id": "stopped.dropout-0", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [2, 2], "hyper": {"lr": 0.01, "dropout": 0.2945676892471144, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 311757863, "split_seed": 2}, "params": {"weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.01, "dropout": 0.2945676892471144, "hidden": 2}, "outcome": "pruned", "reason": "Stopped at a rung: other trials of its arm were ahead.", "history": [{"epoch": 1, "train_loss": 2.3464324716478586, "train_accuracy": 0.096875, "valid_loss": 2.33426870778203, "valid_accuracy": 0.10625, "seconds": 0.011699490999944828, "ended_at": 1795644068.9516153, "diverged": false}], "checkpoint_sha256": "51f864fd95711e80293538ba69f3b85be274a370296618cd2a49cffe0777e752", "ended_at": 1795644068.9516153, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(89,15,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(90,15,'seconds','2.7397246560000212');
INSERT INTO "trial_user_attributes" VALUES(91,16,'trial_id','"stopped.dropout-1"');
INSERT INTO "trial_user_attributes" VALUES(92,16,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(93,16,'outcome','"complete"');
INSERT INTO "trial_user_attributes" VALUES(94,16,'record','{"study": "stopped", "arm": "dropout", "number": 1, "generation": 0, "trial_id": "stopped.dropout-1", "config": {"recipe": {"model": "mlp", "epochs": 3, "batch_size": 64, "source": "synthetic", "train_images": 320, "valid_images": 160}, "widths": [1, 2], "hyper": {"lr": 0.08058433266216646, "dropout": 0.3216359826157916, "weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant"}, "seed": 2022235174, "split_seed": 2}, "params": {"weight_decay": 0.0, "label_smoothing": 0.0, "schedule": "constant", "hidden2": 2, "lr": 0.08058433266216646, "dropout": 0.3216359826157916, "hidden": 1}, "outcome": "complete", "reason": "Trained for all its epochs.", "history": [{"epoch": 1, "train_loss": 2.332083612307906, "train_accuracy": 0.08125, "valid_loss": 2.339811462163925, "valid_accuracy": 0.14375, "seconds": 0.010472380000010162, "ended_at": 1795644068.9826071, "diverged": false}, {"epoch": 2, "train_loss": 2.303158178925514, "train_accuracy": 0.090625, "valid_loss": 2.3314174190163612, "valid_accuracy": 0.0625, "seconds": 0.014489512999944054, "ended_at": 1795644069.079153, "diverged": false}, {"epoch": 3, "train_loss": 2.2990409202873705, "train_accuracy": 0.103125, "valid_loss": 2.3297524265944958, "valid_accuracy": 0.08125, "seconds": 0.00434368200001245, "ended_at": 1795644069.0834959, "diverged": false}], "checkpoint_sha256": "eba1e4c3bc3ac32694cb5b20d2dc372d729a7922a59ea05c880cefd5c3675423", "ended_at": 1795644069.0834959, "tests": {}}');
INSERT INTO "trial_user_attributes" VALUES(95,16,'counters','{}');
INSERT INTO "trial_user_attributes" VALUES(96,16,'seconds','2.7397246560000212');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,0.1625,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,0.225,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,0.1625,'FINITE');
INSERT INTO "trial_values" VALUES(4,4,0,0.14375,'FINITE');
INSERT INTO "trial_values" VALUES(5,5,0,0.14375,'FINITE');
INSERT INTO "trial_values" VALUES(6,6,0,0.06875,'FINITE');
INSERT INTO "trial_values" VALUES(7,7,0,0.06875,'FINITE');
INSERT INTO "trial_values" VALUES(8,8,0,0.06875,'FINITE');
INSERT INTO "trial_values" VALUES(9,9,0,0.08125,'FINITE');
INSERT INTO "trial_values" VALUES(10,10,0,0.08125,'FINITE');
INSERT INTO "trial_values" VALUES(11,11,0,0.08125,'FINITE');
INSERT INTO "trial_values" VALUES(12,12,0,0.08125,'FINITE');
INSERT INTO "trial_values" VALUES(13,13,0,0.10625,'FINITE');
INSERT INTO "trial_values" VALUES(14,14,0,0.09375,'FINITE');
INSERT INTO "trial_values" VALUES(15,15,0,0.10625,'FINITE');
INSERT INTO "trial_values" VALUES(16,16,0,0.08125,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'PRUNED','2026-11-25 22:00:21.720690','2026-11-25 22:00:21.720690');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-25 22:00:21.781891','2026-11-25 22:00:21.781891');
INSERT INTO "trials" VALUES(3,0,2,'COMPLETE','2026-11-25 22:00:21.818675','2026-11-25 22:00:21.818675');
INSERT INTO "trials" VALUES(4,1,2,'PRUNED','2026-11-25 22:00:21.898628','2026-11-25 22:00:21.898628');
INSERT INTO "trials" VALUES(5,2,1,'COMPLETE','2026-11-25 22:00:22.169744','2026-11-25 22:00:22.169744');
INSERT INTO "trials" VALUES(6,3,1,'PRUNED','2026-11-25 22:00:22.214061','2026-11-25 22:00:22.214061');
INSERT INTO "trials" VALUES(7,2,2,'COMPLETE','2026-11-25 22:00:22.265458','2026-11-25 22:00:22.265458');
INSERT INTO "trials" VALUES(8,3,2,'PRUNED','2026-11-25 22:00:22.325840','2026-11-25 22:00:22.325840');
INSERT INTO "trials" VALUES(9,0,3,'COMPLETE','2026-11-25 22:00:49.197846','2026-11-25 22:00:49.197846');
INSERT INTO "trials" VALUES(10,1,3,'COMPLETE','2026-11-25 22:00:49.249686','2026-11-25 22:00:49.249686');
INSERT INTO "trials" VALUES(11,0,4,'COMPLETE','2026-11-25 22:00:49.283089','2026-11-25 22:00:49.283089');
INSERT INTO "trials" VALUES(12,1,4,'COMPLETE','2026-11-25 22:00:49.315831','2026-11-25 22:00:49.315831');
INSERT INTO "trials" VALUES(13,0,5,'COMPLETE','2026-11-25 22:01:09.104725','2026-11-25 22:01:09.104725');
INSERT INTO "trials" VALUES(14,1,5,'PRUNED','2026-11-25 22:01:09.180521','2026-11-25 22:01:09.180521');
INSERT INTO "trials" VALUES(15,0,6,'PRUNED','2026-11-25 22:01:09.208240','2026-11-25 22:01:09.208240');
INSERT INTO "trials" VALUES(16,1,6,'COMPLETE','2026-11-25 22:01:09.256749','2026-11-25 22:01:09.256749');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
