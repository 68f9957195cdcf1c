# make run               build and run pipeline.yaml; ends with the table of results
#                        PROFILE=ml-100k DATA=DIR choose the data, LLM=smollm2 the language model,
#                        ARGS="..." passes options on
# make resume            the same: every run goes on where the last one stopped
# make nightly           new lists for everybody, unattended: plain log lines, a row in the history
# make recommend         evaluate, train on everything, and publish a list for every user
#                        (PROFILE, DATA, LLM, ARGS as above; artifacts/PROFILE/published/recommendations.csv)
# make preprocess        run one stage and what it needs; likewise train-baseline, train-backbone,
#                        pretrain-llm, open-llm, tune-llm, label-augmentation, retrain-augmented,
#                        score-prompts, aggregate, report, deliver
# make build             compile everything in release mode
# make test              every test
# make bench             the benchmarks
# make bench-peers       the same models in other libraries, beside ours (Benchmarks/peers/README.md)
# make backbone-tables   train all backbones on MovieLens, print the tables of docs/results-backbones.md
# make docs              fill the tables of README.md and docs/ from experiments/
# make check             formatting, lint and build without warnings
# make setup             install the system packages that are missing (Debian, Ubuntu)
# make mutants           break the rules of evaluation one by one: does a test notice each?
# make clean             delete what was built
# make clean-artifacts   delete every result of every run
# make help              this text

LLAMA4REC = .build/release/llama4rec
OPTIONS = $(if $(PROFILE),--profile $(PROFILE)) $(if $(LLM),--llm $(LLM)) $(if $(DATA),--data '$(DATA)') $(ARGS)
STAGES = preprocess train-baseline train-backbone pretrain-llm open-llm tune-llm label-augmentation \
  retrain-augmented score-prompts aggregate report deliver

.PHONY: run resume recommend nightly $(STAGES) build test bench bench-peers backbone-tables mutants docs check setup clean clean-artifacts help
.DEFAULT_GOAL := help

run resume: build
	@$(LLAMA4REC) run $(OPTIONS)

recommend: build
	@$(LLAMA4REC) recommend $(OPTIONS)

$(STAGES): build
	@$(LLAMA4REC) run --until $@ $(OPTIONS)

nightly: setup
	@scripts/nightly.sh $(OPTIONS)

build: setup
	@swift build -c release

test: setup
	@LLAMA4REC_PYTHON="$$(scripts/python.sh)" swift test -c release --disable-testable-imports

bench: setup
	@swift run -c release benchmarks $(ARGS)

bench-peers: setup
	@swift build -c release --product benchmarks
	@python3 Benchmarks/peers/compare.py $(if $(DATA),--data '$(DATA)') $(ARGS)

BACKBONES = --pipeline Benchmarks/backbones.yaml $(if $(DATA),--data '$(DATA)') $(ARGS)

backbone-tables: build
	@for data in ml-100k ml-1m; do \
	  $(LLAMA4REC) run $(BACKBONES) --profile $$data-backbones && \
	  $(LLAMA4REC) results --all --profile $$data-backbones --format json > .build/$$data-backbones.json \
	  || exit; done
	@.build/release/benchmarks backbone-table .build/ml-100k-backbones.json .build/ml-1m-backbones.json

mutants: setup
	@python3 scripts/mutants.py $(ARGS)

docs:
	@python3 scripts/docs.py

check: setup
	@scripts/check.sh

setup:
	@scripts/setup.sh

clean:
	@rm -rf .build

clean-artifacts:
	@find artifacts -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile
