chmod 750 home/anna
