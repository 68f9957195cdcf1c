import Evaluation

// Figures published by Luo et al., arXiv 2401.13870: direct, sequential and rating tables, and
// the ablation on LightGCN. One line per backbone and method; the groups of columns are data sets.
extension PublishedResults {
  static let tables = [
    PublishedTable(
      task: .direct, metrics: [.hr3, .ndcg3, .hr5, .ndcg5],
      datasets: ["ml-100k", "ml-1m", "book-crossing"],
      lines: """
        mf       base      .0455 .0325 .0690 .0420  .0255 .0187 .0403 .0248  .0294 .0227 .0394 .0269
        mf       ift       .0546 .0388 .0790 .0488  .0242 .0175 .0410 .0244  .0247 .0177 .0377 .0230
        mf       llama4rec .0645 .0474 .0919 .0588  .0281 .0203 .0433 .0265  .0365 .0284 .0462 .0324
        lightgcn base      .0492 .0343 .0744 .0447  .0283 .0203 .0432 .0264  .0358 .0272 .0480 .0322
        lightgcn ift       .0537 .0381 .0846 .0507  .0268 .0193 .0441 .0263  .0287 .0202 .0448 .0268
        lightgcn llama4rec .0647 .0476 .0967 .0608  .0304 .0222 .0461 .0286  .0434 .0338 .0570 .0394
        mixgcf   base      .0526 .0401 .0757 .0496  .0159 .0115 .0238 .0147  .0426 .0330 .0556 .0384
        mixgcf   ift       .0617 .0452 .0906 .0570  .0162 .0114 .0259 .0154  .0337 .0243 .0506 .0312
        mixgcf   llama4rec .0690 .0515 .0949 .0621  .0174 .0128 .0259 .0162  .0495 .0384 .0635 .0441
        sgl      base      .0505 .0380 .0729 .0472  .0284 .0206 .0434 .0267  .0419 .0319 .0566 .0380
        sgl      ift       .0520 .0392 .0792 .0503  .0275 .0202 .0438 .0269  .0326 .0237 .0499 .0307
        sgl      llama4rec .0632 .0479 .0917 .0596  .0308 .0224 .0480 .0294  .0501 .0393 .0634 .0448
        """),
    PublishedTable(
      task: .sequential, metrics: [.hr3, .ndcg3, .hr5, .ndcg5],
      datasets: ["ml-100k", "ml-1m", "book-crossing"],
      lines: """
        sasrec   base      .0187 .0125 .0385 .0205  .0277 .0165 .0502 .0257  .0086 .0049 .0163 .0081
        sasrec   ift       .0204 .0136 .0379 .0207  .0241 .0159 .0473 .0254  .0124 .0086 .0185 .0111
        sasrec   llama4rec .0238 .0155 .0449 .0240  .0293 .0201 .0504 .0287  .0142 .0098 .0227 .0131
        bert4rec base      .0153 .0104 .0294 .0161  .0107 .0069 .0211 .0112  .0088 .0058 .0161 .0088
        bert4rec ift       .0174 .0119 .0326 .0100  .0106 .0071 .0188 .0104  .0127 .0092 .0180 .0113
        bert4rec llama4rec .0198 .0134 .0332 .0189  .0115 .0078 .0206 .0115  .0154 .0108 .0230 .0139
        cl4srec  base      .0243 .0143 .0436 .0222  .0259 .0153 .0492 .0248  .0083 .0048 .0165 .0082
        cl4srec  ift       .0230 .0149 .0428 .0230  .0234 .0155 .0447 .0241  .0102 .0071 .0177 .0102
        cl4srec  llama4rec .0255 .0182 .0440 .0255  .0278 .0185 .0482 .0268  .0138 .0093 .0220 .0127
        """),
    // The language model alone has no backbone in this table: `*` stands for any.
    PublishedTable(
      task: .rating, metrics: [.rmse, .mae],
      datasets: ["ml-100k", "ml-1m", "book-crossing"],
      lines: """
        *        ift       1.2792 .8940  1.2302 .8770  2.0152 1.3782
        deepfm   base      1.0487 .8082  .9455 .7409  1.7738 1.3554
        deepfm   llama4rec 1.0306 .7987  .9360 .7321  1.6958 1.2843
        nfm      base      1.0284 .8005  .9438 .7364  2.1210 1.5984
        nfm      llama4rec 1.0189 .7961  .9369 .7303  1.9253 1.4473
        dcn      base      1.0478 .8063  .9426 .7342  2.0216 1.4622
        dcn      llama4rec 1.0367 .8033  .9345 .7272  1.8518 1.3566
        afm      base      1.0471 .8035  .9508 .7464  1.6516 1.2614
        afm      llama4rec 1.0340 .7996  .9426 .7394  1.6244 1.2259
        xdeepfm  base      1.1472 .8836  .9519 .7428  2.1756 1.6461
        xdeepfm  llama4rec 1.0947 .8483  .9401 .7336  1.9610 1.4833
        autoint  base      1.0500 .8120  .9471 .7404  1.9148 1.4501
        autoint  llama4rec 1.0369 .8059  .9382 .7326  1.7917 1.3492
        """),
    PublishedTable(
      task: .direct, metrics: [.hr3, .ndcg3], datasets: ["ml-1m", "book-crossing"],
      lines: """
        lightgcn without-data-augmentation    .0294 .0209  .0408 .0319
        lightgcn without-prompt-augmentation  .0277 .0199  .0372 .0279
        lightgcn without-adaptive-aggregation .0298 .0218  .0429 .0332
        """),
  ]
}
