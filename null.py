import numpy as np, scipy.stats as st, pickle
R=pickle.load(open('/tmp/w/snd2/rows.pkl','rb'))
from collections import Counter
d=np.random.default_rng(0)
for h in 'AB':
    c=Counter(k[0] for k,v in R.items() if v[0]==h)
    e={s:np.mean([st.ks_2samp(d.random(n),d.random(30)).statistic for _ in range(400)]) for s,n in c.items()}
    print('judge',h,'null KS mean',np.mean(list(e.values())),{s[:5]:(n,round(e[s],2)) for s,n in c.items()})
