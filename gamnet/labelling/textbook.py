"""Molecules that chemists type first, as SMILES."""

TEXTBOOK = tuple(
    """
    C1CCCCC1 c1ccccc1 c1ccc2ccccc2c1 c1ccc2cc3ccccc3cc2c1 c1ccc2cc3cc4ccccc4cc3cc2c1
    c1ccc2c(c1)ccc1ccccc12 c1cc2ccc3cccc4ccc(c1)c2c34 c1ccc2cccc-2cc1 c1ccc(-c2ccccc2)cc1
    C1=Cc2cccc3cccc1c23 c1ccc2c(c1)Cc1ccccc1-2 C1=CC=CC1 C1=CC=CC=CC=C1 C=C1C=CC=C1
    C(=C/c1ccccc1)\\c1ccccc1 C(=C\\c1ccccc1)\\c1ccccc1 C=Cc1ccccc1 C#Cc1ccccc1
    C(#Cc1ccccc1)c1ccccc1 C=CC=C C=C/C=C/C=C C=C/C=C/C=C/C=C C=C/C=C/C=C/C=C/C=C
    C=C/C=C/C=C/C=C/C=C/C=C C#CC#C C=CC#N C=CC=O C/C=C/C=O C=CC(=O)O C=CC(=O)OC C=CC(C)=O
    CC(=O)/C=C/c1ccccc1 O=C/C=C/c1ccccc1 O=C(/C=C/c1ccccc1)c1ccccc1 C=C(C)C(=C)C C=C(C)C=C
    Cc1ccccc1 Cc1ccccc1C Cc1ccc(C)cc1 Cc1cc(C)cc(C)c1 CCc1ccccc1 CC(C)c1ccccc1
    Oc1ccccc1 Nc1ccccc1 COc1ccccc1 CN(C)c1ccccc1 O=Cc1ccccc1 CC(=O)c1ccccc1 N#Cc1ccccc1
    O=C(O)c1ccccc1 O=C(c1ccccc1)c1ccccc1 COC(=O)c1ccccc1 NC(=O)c1ccccc1 CC(=O)Nc1ccccc1
    O=[N+]([O-])c1ccccc1 Nc1ccc([N+](=O)[O-])cc1 Nc1cccc([N+](=O)[O-])c1
    Nc1ccccc1[N+](=O)[O-] CN(C)c1ccc([N+](=O)[O-])cc1 O=[N+]([O-])c1ccc(O)cc1
    O=[N+]([O-])c1ccc([N+](=O)[O-])cc1 Cc1ccc([N+](=O)[O-])cc1 O=[N+]([O-])c1ccc(Cl)cc1
    Cc1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-] N#Cc1ccc(N)cc1 CN(C)c1ccc(C#N)cc1
    CN(C)c1ccc(C=O)cc1 COc1ccc([N+](=O)[O-])cc1 CN(C)c1ccc(C=C(C#N)C#N)cc1
    N#CC(C#N)=Cc1ccccc1 N#CC(C#N)=C(C#N)C#N N#CC(C#N)=C1C=CC(=C(C#N)C#N)C=C1 CN(C)C=CC=O
    C[N+](=O)[O-] CC[N+](=O)[O-] C=C[N+](=O)[O-] O=[N+]([O-])/C=C/c1ccccc1
    Fc1ccccc1 Clc1ccccc1 Brc1ccccc1 Fc1ccc(F)cc1 Clc1ccc(Cl)cc1 Brc1ccc(Br)cc1 FC(F)(F)c1ccccc1
    Fc1c(F)c(F)c(F)c(F)c1F Clc1c(Cl)c(Cl)c(Cl)c(Cl)c1Cl Clc1ccccc1Cl Oc1ccc(Cl)cc1 Nc1ccc(Br)cc1
    Oc1c(Cl)c(Cl)c(Cl)c(Cl)c1Cl ClC(Cl)Cl ClC(Cl)(Cl)Cl BrC(Br)Br ClC=C(Cl)Cl ClC(Cl)=C(Cl)Cl
    FC(F)(F)F FC(F)=C(F)F FC(F)(F)C(F)(F)F FC(F)(F)C(Cl)Br OC(=O)C(F)(F)F OCC(F)(F)F C=C(Cl)Cl
    ClCCCl BrCCBr CC(=O)Cl O=C(Cl)c1ccccc1 O=C(Cl)Cl O=C(Br)Br ClC(Cl)c1ccccc1 ClCc1ccccc1
    c1ccoc1 c1ccsc1 c1cc[nH]c1 c1ccc2occc2c1 c1ccc2sccc2c1 c1ccc2[nH]ccc2c1 c1csc(-c2cccs2)c1
    c1csc(-c2ccc(-c3cccs3)s2)c1 c1cc2sccc2s1 c1ccc2c(c1)sc1ccccc12 c1ccc2c(c1)oc1ccccc12
    c1ccc2c(c1)[nH]c1ccccc12 Cc1ccsc1 O=Cc1ccco1 O=Cc1cccs1 Brc1cccs1 C1=CSC=CS1
    C1=CSC(=C2SC=CS2)S1 C1COc2cscc2O1 c1ccncc1 c1ccc2ncccc2c1 c1ccc2cnccc2c1 c1ccc2nc3ccccc3cc2c1
    c1cnccn1 c1cncnc1 c1ccnnc1 c1ncncn1 c1ccc2nccnc2c1 c1ccc2nc3ccccc3nc2c1 c1ccc(-c2ccccn2)nc1
    c1cnc2c(c1)ccc1cccnc12 c1c[nH]cn1 c1cn[nH]c1 c1nc[nH]n1 c1nn[nH]n1 c1cscn1 c1cocn1 c1ccon1
    c1ccsn1 c1ccc2[nH]cnc2c1 c1ccc2scnc2c1 c1ccc2ocnc2c1 c1ccc2nsnc2c1 c1ccc2nonc2c1
    c1ccc2[nH]nnc2c1 Cc1ccncc1 CN(C)c1ccncc1 N#Cc1ccncc1 O=C(O)c1cccnc1 NC(=O)c1cccnc1
    [O-][n+]1ccccc1 Clc1ccccn1 Oc1ccccn1 O=c1cccc[nH]1 c1ccc2c(c1)Nc1ccccc1S2
    c1ccc2c(c1)Nc1ccccc1O2 c1ccc2c(c1)Oc1ccccc1O2 O=c1c2ccccc2oc2ccccc12 O=c1ccc2ccccc2o1
    O=c1ccoc2ccccc12 O=C1CCc2ccccc21 O=C1c2ccccc2-c2ccccc21
    Cn1cnc2c1c(=O)n(C)c(=O)n2C Cn1c(=O)c2[nH]cnc2n(C)c1=O Cn1cnc2c1c(=O)[nH]c(=O)n2C
    CN1CCC[C@H]1c1cccnc1 CC(=O)Oc1ccccc1C(=O)O CC(=O)Nc1ccc(O)cc1 CC(C)Cc1ccc(C(C)C(=O)O)cc1
    O=C(O)c1ccccc1O CCOC(=O)c1ccc(N)cc1 NNC(=O)c1ccncc1 Nc1ccc(S(N)(=O)=O)cc1 NCCc1ccc(O)c(O)c1
    NCCc1c[nH]c2ccc(O)cc12 CC(N)Cc1ccccc1 NCCc1ccccc1 NCCc1c[nH]cn1 CC(C)c1cccc(C(C)C)c1O
    COc1cc(C=O)ccc1O C=CCc1ccc(O)c(OC)c1 Cc1ccc(C(C)C)c(O)c1 CC1=CCC(C(C)=C)CC1
    CC1(C)C2CCC1(C)C(=O)C2
    CC(C)C1CCC(C)CC1O O=C1C=CC(=O)C=C1 O=C1C=CC(=O)c2ccccc21 O=C1c2ccccc2C(=O)c2ccccc21
    O=C1C=CC=CC1=O Oc1ccc(O)cc1 O=C1C(Cl)=C(Cl)C(=O)C(Cl)=C1Cl N#CC1=C(C#N)C(=O)C(Cl)=C(Cl)C1=O
    O=C1C(=O)c2ccccc2N1 O=C1Nc2ccccc2/C1=C1\\Nc2ccccc2C1=O O=c1cccccc1 O=c1cccccc1O
    c1ccc(/N=N/c2ccccc2)cc1 c1ccc(/N=N\\c2ccccc2)cc1 CN(C)c1ccc(/N=N/c2ccccc2)cc1 C/N=N/C
    Nc1ccc(/N=N/c2ccccc2)cc1 CN(C)c1ccc(/N=N/c2ccc([N+](=O)[O-])cc2)cc1 c1ccc(/N=C/c2ccccc2)cc1
    C[N+]([O-])=Nc1ccccc1 [N-]=[N+]=Nc1ccccc1 O=Nc1ccccc1 CN=[N+]=[N-] C=[N+]=[N-] O=C=Nc1ccccc1
    CS(C)=O CS(C)(=O)=O CS(=O)(=O)c1ccccc1 CS(=O)c1ccccc1 O=S(=O)(c1ccccc1)c1ccccc1
    O=S(c1ccccc1)c1ccccc1 c1ccc(Sc2ccccc2)cc1 CSc1ccccc1 Sc1ccccc1 CSSC c1ccc(SSc2ccccc2)cc1
    CS(=O)(=O)O Cc1ccc(S(=O)(=O)O)cc1 CS(N)(=O)=O NS(=O)(=O)c1ccccc1 O=S1(=O)CCCC1 O=S1CCCC1
    C1CCSC1 C1CSCCS1 CC(=S)N NC(N)=S CNC(=S)NC S=C=Nc1ccccc1 CN=C=S CC(=O)S CSC=O O=S(=O)(O)O
    O=S(Cl)Cl O=S(=O)(Cl)Cl FS(F)(F)(F)(F)F O=S(=O)=O CN(C)C(=S)S CSC(=S)SC C=CS(C)(=O)=O
    CS(=O)(=O)Cl CS(=O)(=O)c1ccc(N)cc1 S=c1[nH]c2ccccc2s1 S=C(c1ccccc1)c1ccccc1 CC(C)=S
    O=P(O)(O)O COP(=O)(OC)OC COP(O)(O)=O CCOP(=O)(OCC)OCC CP(C)(C)=O CP(=O)(OC)OC COP(C)(=O)F
    CP(C)C CP c1ccc(P)cc1 Pc1ccccc1 CP(C)c1ccccc1 O=P(c1ccccc1)(C)C c1ccc(Pc2ccccc2)cc1
    COP(OC)OC ClP(Cl)Cl O=P(Cl)(Cl)Cl FP(F)F FP(F)(F)(F)F BrP(Br)Br CN(C)P(=O)(N(C)C)N(C)C
    COP(=S)(OC)OC CP(C)(C)=S COP(=O)(OC)OC=C(Cl)Cl c1ccpcc1 c1cc[pH]c1 C=P(C)(C)C CP(=O)(O)O
    O=P(O)(O)OCC(=O)C(=O)O COP(=O)(OC)Oc1ccccc1 O=P(O)(O)c1ccccc1 CC(O)P(O)(O)=O CP1CCCC1
    NCC(=O)O CC(N)C(=O)O NC(CO)C(=O)O NC(CS)C(=O)O CSCCC(N)C(=O)O CC(C)C(N)C(=O)O
    CC(C)CC(N)C(=O)O NC(Cc1ccccc1)C(=O)O NC(Cc1ccc(O)cc1)C(=O)O NC(Cc1c[nH]c2ccccc12)C(=O)O
    NC(Cc1c[nH]cn1)C(=O)O O=C(O)C1CCCN1 NC(=O)CC(N)C(=O)O NC(CC(=O)O)C(=O)O NCCCCC(N)C(=O)O
    Nc1ncnc2[nH]cnc12 Nc1nc2[nH]cnc2c(=O)[nH]1 Nc1cc[nH]c(=O)n1 Cc1c[nH]c(=O)[nH]c1=O
    O=c1cc[nH]c(=O)[nH]1 O=c1[nH]c(=O)c2[nH]c(=O)[nH]c2[nH]1 c1ncc2nc[nH]c2n1 O=c1[nH]cnc2[nH]cnc12
    c1cnc2ncncc2n1 NC(N)=O NC=O CC(N)=O CN(C)C=O CC(=O)O O=CO CC(=O)OC CCOC(C)=O CC(C)=O CC=O
    CC(=O)CC(C)=O CC(=O)C(C)=O O=CC=O O=C(O)C(=O)O O=C1CCCCC1 O=C1CCCC1 O=C1CCC1 C1CCOC1 C1COCCO1
    C1CCOCC1 C1CCNCC1 C1COCCN1 C1CNCCN1 C1CCNC1 CCOCC CCO CC(C)O CC(C)(C)O OCCO OCC(O)CO CCN CCNCC
    CCN(CC)CC CN(C)C CC#N N#CC#N CCCC CCCCCC CCCCCCCC CC(C)C CC(C)(C)C C1CCC1 C1CCCC1 C1CCCCCC1
    C1CC2CCC1C2 C1C2CC3CC1CC(C2)C3 C12C3C4C1C5C2C3C45 C1CCC2CCCCC2C1 C1=CCCCC1 C1=CCCC1 C1=CC=CCC1
    C1=CCC=CC1 C1=CC2CCC1C2 C1=CC2C=CC1C2 CC=C CC(C)=C C1=CCC1 C=C1CC1 O=C1C=CCCC1 O=C1OC(=O)C=C1
    O=C1OC(=O)c2ccccc21 O=C1NC(=O)c2ccccc21 O=C1C=CC(=O)N1 O=C1CCC(=O)N1Br O=C1CCC(=O)N1Cl
    O=C1CCC(=O)N1 O=C1CCCO1 O=C1CCCN1 O=C1CCCCCN1 CN1CCCC1=O O=C1OCCO1 COC(=O)OC CNC(=O)OC
    OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O O=C1O[C@H]([C@@H](O)CO)C(O)=C1O O=CC(O)CO
    OC(=O)C(O)C(O)C(=O)O CC(O)C(=O)O OC(=O)CC(O)(CC(=O)O)C(=O)O CC(=O)C(=O)O
    CC1(C)C2CCC(=C)C1C2 C=CC(=C)CCC=C(C)C CC(C)=CCCC(C)=CC=O C1CC1C=C FC1=CC=CC=C1C#N
    Oc1cccc2ccccc12 Nc1cccc2ccccc12 O=[N+]([O-])c1cccc2ccccc12 Brc1cccc2ccccc12
    c1ccc(-c2ccccc2-c2ccccc2)cc1 c1ccc(-c2ccc(-c3ccccc3)cc2)cc1 c1ccc2c(c1)c1ccccc1c1ccccc21
    c1ccc2c(c1)ccc1c2ccc2ccccc12 c1ccc(N(c2ccccc2)c2ccccc2)cc1 c1ccc(Nc2ccccc2)cc1
    c1ccc(Oc2ccccc2)cc1
    c1ccc(Cc2ccccc2)cc1 O=C(OCc1ccccc1)c1ccccc1 c1ccc(COCc2ccccc2)cc1 CC(C)(c1ccc(O)cc1)c1ccc(O)cc1
    c1ccc2[nH]c(-c3ccccc3)cc2c1 c1ccc(-c2nnc(-c3ccccc3)o2)cc1 O=c1c(O)c(-c2ccccc2)oc2ccccc12
    CN(C)c1ccc2cc3ccc(=O)cc-3oc2c1 CCN(CC)c1ccc2c(C)cc(=O)oc2c1 CN1c2ccccc2Sc2ccccc21
    Clc1ccc(C(c2ccc(Cl)cc2)C(Cl)(Cl)Cl)cc1 O=C(O)Cc1ccccc1Nc1c(Cl)cccc1Cl
    CC(=O)CC(c1ccccc1)c1c(O)c2ccccc2oc1=O COc1ccc2cc(C(C)C(=O)O)ccc2c1
    CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21
    """.split()
)
