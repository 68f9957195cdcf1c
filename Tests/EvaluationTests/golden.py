"""Prints the golden values of StudentTTests.swift and PairedTTestTests.swift as Swift literals.

Made with scipy 1.17.1 and numpy 2.4.6, seed 20240123. Run: python3 golden.py
"""

import numpy as np
from scipy import stats

print("// two-sided p-values: degrees of freedom, t, p")
for df in (1, 2, 5, 29, 942, 6039):
    for t in (0.0, 1e-3, 0.5, 1.96, 4.0, 12.0):
        print(f"  ({df}, {t}, {2 * stats.t.sf(t, df)!r}),".replace("np.float64", ""))

print("// two-sided quantiles: degrees of freedom, level, t")
for df in (1, 2, 5, 29, 942, 6039):
    for level in (0.5, 0.95, 0.99):
        print(f"  ({df}, {level}, {stats.t.ppf(0.5 + level / 2, df)!r}),".replace("np.float64", ""))

random = np.random.default_rng(20240123)
for count in (2, 5, 12):
    a = np.round(random.normal(0.5, 0.3, count), 3)
    b = np.round(a + random.normal(0.05, 0.2, count), 3)
    test = stats.ttest_rel(a, b)
    interval = test.confidence_interval(0.95)
    print("a:", a.tolist(), "\nb:", b.tolist())
    print("t:", float(test.statistic), "p:", float(test.pvalue))
    print("interval:", float(interval.low), float(interval.high))
